using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Content;

/// <summary>Makes the record of a captured call: texts put together, redacted, then cut. A synchronous step without any effect.</summary>
internal sealed class ContentRendering(Redaction redaction, int maxBytes)
{
    public CallContent Render(LLMUsageAudit audit, CallCapture capture)
    {
        var redactions = 0L;
        var prompt = default(RedactedText);
        var promptState = capture.PromptState;
        if (promptState is ContentState.Whole or ContentState.Cut)
        {
            prompt = new JsonTexts(redaction, maxBytes).Redact(capture.Prompt.Span, promptState == ContentState.Cut, ref redactions);
            promptState = StateOf(prompt);
        }

        var reply = ReplyOf(capture, ref redactions);
        return new CallContent
        {
            EventId = audit.EventId,
            StartedAt = audit.StartedAt,
            Provider = audit.Provider,
            Upstream = audit.Upstream,
            Api = audit.Api,
            RequestModel = audit.RequestModel,
            ResponseModel = audit.ResponseModel,
            Tenant = audit.Attribution.Tenant,
            Team = audit.Attribution.Team,
            Prompt = prompt.Text,
            PromptState = promptState,
            Reply = reply.Text,
            ReplyState = capture.IsReplyEncoded ? ContentState.Encoded : capture.Reply.IsEmpty ? ContentState.Empty : StateOf(reply),
            Redactions = redactions,
        };
    }

    private RedactedText ReplyOf(CallCapture capture, ref long redactions)
    {
        if (capture.IsReplyEncoded || capture.Reply.IsEmpty) return default;
        var form = ReplyForm.Of(capture.Reply.Span, capture.ReplyType);
        var reply = capture.Reply[form.Start..];
        var text = form.Stream is { } framing
            ? new StreamTexts(redaction, maxBytes).Redact(reply, framing, capture.IsReplyCut, ref redactions)
            : new JsonTexts(redaction, maxBytes).Redact(reply.Span, capture.IsReplyCut || capture.IsReplyBroken, ref redactions);
        return text with { IsCut = text.IsCut || capture.IsReplyBroken };
    }

    private static ContentState StateOf(RedactedText text) => text.Text is null ? ContentState.NotText : text.IsCut ? ContentState.Cut : ContentState.Whole;
}
