namespace Pipeline.GatewayEdge.Metering;

/// <summary>Where the URL of a call names its model, if it does.</summary>
internal enum UrlModel
{
    /// <summary>Nowhere: the body names it.</summary>
    None,

    /// <summary>Last segment, before the method's colon: <c>…/models/{model}:generateContent</c>. Some clients encode the colon.</summary>
    BeforeColon,

    /// <summary>The segment before the path's end: <c>/model/{model}/converse</c>.</summary>
    SegmentBefore,

    /// <summary>Behind <c>/deployments/</c>, where the path has it; what is deployed there, only the reply tells.</summary>
    Deployment,
}

/// <summary>One row: a call (or the GET of a stored reply) whose path ends in <see cref="PathEnd"/>.</summary>
/// <param name="PathEnd">Exact end of the path; for <see cref="UrlModel.BeforeColon"/> the method with its colon.</param>
/// <param name="IsStored">GET <c>PathEnd/{id}</c> reads the same reply again.</param>
/// <param name="Method">HTTP method of the call.</param>
/// <param name="Within">Where the path must have this as well, such as a publisher's name.</param>
/// <param name="StoredEnd">What follows the id of a stored reply: <c>/results</c>.</param>
internal sealed record ApiRow(
    string PathEnd,
    ApiFamily Family,
    bool IsStored = false,
    string Method = "POST",
    string? Within = null,
    string StoredEnd = "")
{
    /// <summary>A method that no call has: the row is only about stored replies.</summary>
    public const string StoredOnly = "";

    private const string ModelSegment = "/model/";

    /// <summary>The path's end with the model's place held by its name: what routes are counted by.</summary>
    public string Pattern { get; } = Family.UrlModel switch
    {
        UrlModel.BeforeColon => "/models/{model}" + PathEnd,
        UrlModel.SegmentBefore => "/model/{model}" + PathEnd,
        _ => PathEnd,
    };

    public bool MatchesCall(ReadOnlySpan<char> path, out string? model)
    {
        model = null;
        if (Within is not null && path.IndexOf(Within, StringComparison.Ordinal) < 0)
            return false;

        if (Family.UrlModel == UrlModel.BeforeColon)
            return MatchesBeforeColon(path, ref model);

        if (!path.EndsWith(PathEnd, StringComparison.Ordinal))
            return false;

        if (Family.UrlModel == UrlModel.SegmentBefore)
            model = ModelOf(BehindModel(path[..^PathEnd.Length]));
        else if (Family.UrlModel == UrlModel.Deployment)
            model = Deployment(path);

        return true;
    }

    /// <param name="id">Of the stored reply, as the path has it; null where it cannot be an id.</param>
    public bool MatchesStored(ReadOnlySpan<char> path, out string? id)
    {
        id = null;
        if (!path.EndsWith(StoredEnd, StringComparison.Ordinal))
            return false;

        path = path[..^StoredEnd.Length];
        var slash = path.LastIndexOf('/');
        if (slash <= 0 || slash == path.Length - 1 || !path[..slash].EndsWith(PathEnd, StringComparison.Ordinal))
            return false;

        id = ModelOf(path[(slash + 1)..]);
        return true;
    }

    private bool MatchesBeforeColon(ReadOnlySpan<char> path, ref string? model)
    {
        var segment = LastSegment(path);
        var decoded = segment.Contains('%') ? Uri.UnescapeDataString(segment).AsSpan() : segment;
        if (!decoded.EndsWith(PathEnd, StringComparison.Ordinal))
            return false;

        model = BoundedText.VisibleAscii(decoded[..^PathEnd.Length].ToString());
        return true;
    }

    private static string? Deployment(ReadOnlySpan<char> path)
    {
        const string before = "/deployments/";
        var start = path.LastIndexOf(before);
        if (start < 0)
            return null;

        var name = path[(start + before.Length)..];
        var end = name.IndexOf('/');
        return ModelOf(end < 0 ? name : name[..end]);
    }

    /// <summary>An ARN may have a slash of its own, which some clients do not encode.</summary>
    private static ReadOnlySpan<char> BehindModel(ReadOnlySpan<char> path)
    {
        var start = path.LastIndexOf(ModelSegment);
        return start < 0 ? LastSegment(path) : path[(start + ModelSegment.Length)..];
    }

    private static ReadOnlySpan<char> LastSegment(ReadOnlySpan<char> path) => path[(path.LastIndexOf('/') + 1)..];

    private static string? ModelOf(ReadOnlySpan<char> segment) => BoundedText.VisibleAscii(Uri.UnescapeDataString(segment));
}

/// <summary>The APIs of one provider kind, asked row by row in order.</summary>
/// <param name="Kind">What an upstream is configured as; the first part of its families' names.</param>
internal sealed record ApiTable(string Kind, params ApiRow[] Rows)
{
    /// <summary>What is no known API of the kind: forwarded, not metered.</summary>
    public ApiFamily Other { get; } = new($"{Kind}.other", ApiFamilies.OtherOperation, ReplyShape.Other);
}
