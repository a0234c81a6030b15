namespace Pipeline.GatewayEdge.Attribution;

/// <summary>What one upstream asks of callers.</summary>
/// <param name="Upstream">Its name.</param>
/// <param name="CredentialHeader">Where the provider expects its key.</param>
/// <param name="IsTokenForwarded">The caller's token is the provider's own credential too.</param>
internal sealed record IdentityRules(string Upstream, IdentityDemand Token, IdentityDemand Key, string CredentialHeader, bool IsTokenForwarded)
{
    private const string Bearer = "Bearer ";
    private const string Authorization = "Authorization";

    /// <summary>The header that each kind of API reads its key from.</summary>
    public static string CredentialHeaderOf(string api) => api switch
    {
        "anthropic" => "x-api-key",
        "google" => "x-goog-api-key",
        "azure" or "azure-openai" => "api-key",
        _ => Authorization,
    };

    public ProviderCredential Credential(string secret) =>
        new(CredentialHeader, CredentialHeader.Equals(Authorization, StringComparison.OrdinalIgnoreCase) ? Bearer + secret : secret);
}
