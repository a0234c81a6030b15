using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>What one whole document meant for the reply.</summary>
internal enum DocumentMeaning
{
    /// <summary>The reply goes on.</summary>
    Continues,

    /// <summary>The frame with which the protocol completes the reply.</summary>
    Completes,

    /// <summary>The usage chunk that is only there because usage was asked for: empty choices, usage not null.</summary>
    UsageOnly,
}

/// <summary>
/// Understands the replies of one API family. The scanner tells it of the wanted places of one document; facts are staged and
/// enter <see cref="ReplyFacts"/> only when the document is whole, so a torn event leaves no half truth.
/// </summary>
/// <remarks>
/// What all families share is done here: <see cref="FactPlaces"/> and <see cref="ErrorPlaces"/> take their own slots, a raw object is the
/// usage, the last document completes the reply. A family's reader has its tree, its other places, and what its usage means.
/// </remarks>
internal abstract class ReplyReader
{
    /// <summary>The wanted places of the next document.</summary>
    public abstract JsonPath Root { get; }

    /// <summary>The rest of the current document cannot matter.</summary>
    public bool IsIrrelevant { get; protected set; }

    protected ReplyFacts Facts { get; private set; } = null!;

    protected ApiFamily Family { get; private set; } = null!;

    /// <summary>The reply comes in events, which may have another shape than a plain body.</summary>
    protected bool IsStream { get; private set; }

    /// <summary>The current document is the one with which the protocol completes the reply.</summary>
    protected bool IsLast { get; set; }

    /// <summary>Nothing comes after an error inside a stream.</summary>
    protected virtual bool EndsWithError => false;

    /// <summary>Starts a reply.</summary>
    /// <param name="family">Of the request.</param>
    /// <param name="facts">Where whole documents are committed to; already reset.</param>
    public void Begin(ApiFamily family, ReplyFacts facts)
    {
        Family = family;
        Facts = facts;
        IsStream = false;
        Reset();
        Discard();
    }

    /// <summary>The framing is known.</summary>
    public void OnFraming(bool isEventStream) => IsStream = isEventStream;

    /// <summary>A message of an AWS event stream begins.</summary>
    /// <param name="type">Its <c>:event-type</c>.</param>
    /// <returns>False: its document cannot matter.</returns>
    public virtual bool WantsEvent(ReadOnlySpan<byte> type) => true;

    /// <summary>An AWS event stream ended with an exception, which has its type in a header.</summary>
    public void OnFault(ReadOnlySpan<byte> type)
    {
        Facts.Error.Stage();
        Facts.Error.StageType(type);
        Facts.CommitStaged();
        Discard();
    }

    public void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (slot < FactPlaces.FirstSlot)
            OnOwn(slot, kind, token);
        else if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            FactPlaces.OnText(Facts, slot, token);
    }

    public virtual void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    /// <param name="count">Elements of the array; 0 for an object.</param>
    public virtual void OnLeave(int slot, bool isArray, int count)
    {
    }

    public virtual void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    /// <summary>The document is whole: commits what was staged.</summary>
    public DocumentMeaning CommitDocument()
    {
        var meaning = Commit();
        Discard();
        return meaning;
    }

    /// <summary>Forgets what the current document staged.</summary>
    public void Discard()
    {
        IsIrrelevant = false;
        IsLast = false;
        Facts.DiscardStaged();
        Forget();
    }

    /// <summary>The mark <c>[DONE]</c> was read.</summary>
    /// <returns>Whether it completes a reply of this family.</returns>
    public virtual bool OnDone() => false;

    /// <summary>Whether the ended reply is whole; a plain body is when its last byte came.</summary>
    public virtual bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) =>
        isStream ? facts.IsComplete : transportComplete;

    /// <summary>
    /// Whether the ended reply said all it had to say, even if its terminal frame did not come: some hosts never send one, and their
    /// streams are no failed calls.
    /// </summary>
    public virtual bool HasEnded(ReplyFacts facts, bool isStream, bool transportComplete) => IsWhole(facts, isStream, transportComplete);

    /// <summary>The input is over: stages what only the whole reply tells.</summary>
    public virtual void Conclude()
    {
    }

    /// <summary>Reads the kept usage object; absent and null members stay null.</summary>
    public virtual void ReadUsage(JsonElement usage, UsageFigures into)
    {
    }

    /// <summary>A string at one of the reader's own places.</summary>
    protected virtual void OnText(int slot, ReadOnlySpan<byte> text)
    {
    }

    /// <summary>A number, true or false at one of the reader's own places.</summary>
    protected virtual void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
    }

    /// <summary>Forgets what the reader itself kept of the reply before.</summary>
    protected virtual void Reset()
    {
    }

    private void OnOwn(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (kind == JsonScalar.Text)
            OnText(slot, token);
        else if (kind == JsonScalar.Literal)
            OnLiteral(slot, token);
    }

    protected virtual DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        Facts.IsComplete |= IsLast;
        return IsLast || (EndsWithError && IsStream && Facts.Error.IsSeen) ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    /// <summary>Resets the reader's own staging.</summary>
    protected virtual void Forget()
    {
    }
}
