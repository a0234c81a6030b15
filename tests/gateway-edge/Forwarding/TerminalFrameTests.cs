using System.Text;
using Pipeline.GatewayEdge.Forwarding;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class TerminalFrameTests
{
    [Theory]
    [InlineData("data: [DONE]\n\n", 14)]
    [InlineData("data: [DONE]\r\n\r\n", 16)]
    [InlineData("data: [DONE]\n\n: more\n\n", 14)]
    [InlineData("\n\ndata: [DONE]\n\n", 16)]
    [InlineData("event: message_stop\ndata: {}\n\n", 30)]
    [InlineData("data: [DONE]\n", -1)]
    [InlineData("data: [DONE]\r\n\r", -1)]
    [InlineData("data: [DONE]", -1)]
    [InlineData("", -1)]
    public void End_IsBehindTheBlankLine(string bytes, int expected) =>
        Assert.Equal(expected, TerminalFrame.EndOf(Encoding.ASCII.GetBytes(bytes)));
}
