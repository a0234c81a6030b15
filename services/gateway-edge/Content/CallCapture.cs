using System.Buffers;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Content;

/// <summary>The bytes of one attempt's prompt and reply while they pass: a copy, bounded, out of the budget that all captures share.</summary>
internal sealed class CallCapture(ContentBudget budget, int maxRawBytes) : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    private byte[]? _prompt;
    private byte[]? _reply;
    private int _promptLength;
    private int _replyLength;
    private long _taken;

    /// <summary>There was no memory for it: it is not kept.</summary>
    public bool IsLost { get; private set; }

    public ContentState PromptState { get; private set; } = ContentState.Empty;

    /// <summary>More came than is read of one reply.</summary>
    public bool IsReplyCut { get; private set; }

    /// <summary>The reply ended before it was whole: what would have come behind is not known.</summary>
    public bool IsReplyBroken { get; private set; }

    public string ReplyType { get; private set; } = "";

    /// <summary>The reply's bytes are taken as they are and decoded later, if they can be.</summary>
    public ContentCoding ReplyCoding { get; private set; }

    public int MaxRawBytes => maxRawBytes;

    public ReadOnlyMemory<byte> Prompt => _prompt.AsMemory(0, _promptLength);

    public ReadOnlyMemory<byte> Reply => _reply.AsMemory(0, _replyLength);

    /// <param name="state">Whole, or why there is nothing to copy.</param>
    public void TakePrompt(ReadOnlySpan<byte> body, ContentState state)
    {
        PromptState = state;
        if (state != ContentState.Whole || body.IsEmpty) return;
        if (body.Length > maxRawBytes)
        {
            body = body[..maxRawBytes];
            PromptState = ContentState.Cut;
        }

        Append(body, ref _prompt, ref _promptLength);
    }

    public void BeginReply(string contentType, string contentEncoding) =>
        (ReplyType, ReplyCoding) = (contentType, ReplyDecoder.Parse(contentEncoding));

    public void BreakReply() => IsReplyBroken = true;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (IsLost || IsReplyCut || ReplyCoding == ContentCoding.Unknown) return;
        if (_replyLength + bytes.Length > maxRawBytes)
        {
            bytes = bytes[..(maxRawBytes - _replyLength)];
            IsReplyCut = true;
        }

        Append(bytes, ref _reply, ref _replyLength);
    }

    public void Dispose()
    {
        if (_prompt is not null) ArrayPool<byte>.Shared.Return(_prompt);
        if (_reply is not null) ArrayPool<byte>.Shared.Return(_reply);
        (_prompt, _reply, _promptLength, _replyLength) = (null, null, 0, 0);
        budget.Return(_taken);
        _taken = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes, ref byte[]? buffer, ref int length)
    {
        if (IsLost) return;
        var needed = length + bytes.Length;
        if (buffer is null || needed > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, buffer is null ? FirstBytes : 2 * buffer.Length));
            var more = larger.Length - (buffer?.Length ?? 0);
            if (!budget.TryTake(more))
            {
                ArrayPool<byte>.Shared.Return(larger);
                IsLost = true;
                return;
            }

            _taken += more;
            buffer.AsSpan(0, length).CopyTo(larger);
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        bytes.CopyTo(buffer.AsSpan(length));
        length = needed;
    }
}
