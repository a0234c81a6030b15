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

        var (reply, replyState) = ReplyOf(capture, ref redactions);
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
            Reply = reply,
            ReplyState = replyState,
            Redactions = redactions,
        };
    }

    private (string? Text, ContentState State) ReplyOf(CallCapture capture, ref long redactions)
    {
        var decoded = DecodedReply.Of(capture);
        if (decoded.Body is not { } body) return (null, ContentState.Encoded);
        if (body.IsEmpty) return (null, ContentState.Empty);
        var form = ReplyForm.Of(body.Span, capture.ReplyType);
        body = body[form.Start..];
        var text = form.Stream is { } framing
            ? new StreamTexts(redaction, maxBytes).Redact(body, framing, decoded.IsCut, ref redactions)
            : new JsonTexts(redaction, maxBytes).Redact(body.Span, decoded.IsCut || capture.IsReplyBroken, ref redactions);
        return (text.Text, StateOf(text with { IsCut = text.IsCut || capture.IsReplyBroken }));
    }

    private static ContentState StateOf(RedactedText text) => text.Text is null ? ContentState.NotText : text.IsCut ? ContentState.Cut : ContentState.Whole;
}
