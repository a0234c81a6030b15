using System.Text;
using Pipeline.BudgetWatcher.Alerting;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

public sealed class WebhookSignatureTests
{
    /// <summary>
    /// The first vector is the one that the Standard Webhooks libraries are tested with; the second was made by
    /// `printf '%s' "$id.$time.$body" | openssl dgst -sha256 -hmac "$secret" -binary | base64`.
    /// </summary>
    [Theory]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}""", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("Y2FuYXJ5LXNlY3JldC0wMTIzNDU2Nzg5", "6f1c1d5e-0c3a-7c58-9d3a-2f1b6f9c4e10", 1795244889, """{"kind":"fired","per":{"user":"Zoë"}}""", "v1,qEOQrBUFxFbfTpkTBv4cAaeYy1lI97zegAemvaYKSWE=")]
    public void Of_KnownVector_IsItsSignature(string secret, string id, long time, string body, string signature) =>
        Assert.Equal(signature, WebhookSignature.Of(Convert.FromBase64String(secret), id, time, Encoding.UTF8.GetBytes(body)));
}
