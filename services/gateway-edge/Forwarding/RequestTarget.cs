using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>What is wrong with a request's target.</summary>
internal enum TargetFault
{
    None,

    /// <summary>Not a path: an absolute address, `*`, or what CONNECT names. The gateway is no open proxy.</summary>
    NotAPath,

    /// <summary>A `..` or `.` segment, plain or encoded, could lead out of the upstream's base path.</summary>
    DotSegment,
}

/// <summary>
/// A request's target `/&lt;upstream&gt;/&lt;path&gt;?&lt;query&gt;` split without changing a byte of it: what follows the upstream's name is sent
/// as it came, percent-encoding and all.
/// </summary>
internal readonly ref struct RequestTarget
{
    private const int MaxDecodingRounds = 3;

    private RequestTarget(ReadOnlySpan<char> upstream, ReadOnlySpan<char> path, ReadOnlySpan<char> query)
    {
        Upstream = upstream;
        Path = path;
        Query = query;
    }

    /// <summary>First segment.</summary>
    public ReadOnlySpan<char> Upstream { get; }

    /// <summary>The rest of the path: empty, or begins with `/`.</summary>
    public ReadOnlySpan<char> Path { get; }

    /// <summary>The query without `?`. Never recorded: it may hold a key.</summary>
    public ReadOnlySpan<char> Query { get; }

    public static TargetFault Parse(ReadOnlySpan<char> raw, out RequestTarget target)
    {
        target = default;
        if (raw.IsEmpty || raw[0] != '/') return TargetFault.NotAPath;
        var question = raw.IndexOf('?');
        var path = question < 0 ? raw : raw[..question];
        if (MayHoldDots(path) && HoldsDotSegment(path.ToString())) return TargetFault.DotSegment;

        var slash = path[1..].IndexOf('/');
        var upstream = slash < 0 ? path[1..] : path[1..(slash + 1)];
        target = new RequestTarget(upstream, path[(upstream.Length + 1)..], question < 0 ? default : raw[(question + 1)..]);
        return TargetFault.None;
    }

    /// <summary>The rest of a target without the keys of its query, one of which was ours.</summary>
    public static string WithoutKey(ReadOnlySpan<char> pathAndQuery)
    {
        var question = pathAndQuery.IndexOf('?');
        if (question < 0) return pathAndQuery.ToString();
        var kept = new List<string>();
        foreach (var range in pathAndQuery[(question + 1)..].Split('&'))
        {
            var pair = pathAndQuery[(question + 1)..][range];
            if (!CallerCredentials.IsKeyParameter(pair, out _)) kept.Add(pair.ToString());
        }

        var path = pathAndQuery[..question].ToString();
        return kept.Count == 0 ? path : $"{path}?{string.Join('&', kept)}";
    }

    /// <summary>Almost every path is done here: no segment begins with a dot and nothing is encoded.</summary>
    private static bool MayHoldDots(ReadOnlySpan<char> path) =>
        path.Contains('%') || path.Contains('\\') || path.IndexOf("/.", StringComparison.Ordinal) >= 0;

    /// <summary>
    /// Judges the path as the most lenient server would read it: encoded dots, slashes and backslashes count as plain ones, also
    /// when encoded twice, and whatever follows `;` in a segment does not count.
    /// </summary>
    private static bool HoldsDotSegment(string path)
    {
        for (var round = 0; round <= MaxDecodingRounds; round++)
        {
            foreach (var range in path.AsSpan().SplitAny('/', '\\'))
            {
                var segment = path.AsSpan(range);
                var parameter = segment.IndexOf(';');
                if ((parameter < 0 ? segment : segment[..parameter]) is "." or "..") return true;
            }

            var decoded = Uri.UnescapeDataString(path);
            if (decoded == path) return false;
            path = decoded;
        }

        // Encoded over and over: no client of a model does that in good faith.
        return true;
    }
}
