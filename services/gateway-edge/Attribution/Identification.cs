namespace Pipeline.GatewayEdge.Attribution;

/// <summary>A provider's key with the header that it travels in. Never logged: its text says only where it goes.</summary>
internal sealed record ProviderCredential(string Header, string Value)
{
    public override string ToString() => Header;
}

/// <summary>What a call's virtual key and token said, and what of the request must not reach the provider because of them.</summary>
internal sealed record Identification
{
    public static readonly Identification Nothing = new();

    public VouchedAttribution? Key { get; init; }

    public VouchedAttribution? Token { get; init; }

    /// <summary>The virtual key's id in the keys file; null = no virtual key.</summary>
    public string? KeyId { get; init; }

    /// <summary>The upstream's own header for keys; null = no virtual key.</summary>
    public string? KeyHeader { get; init; }

    /// <summary>Set on the request in place of the virtual key; null = the upstream's own headers serve.</summary>
    public ProviderCredential? Credential { get; init; }

    /// <summary>The header that held a token of ours, and so no provider's key; null = there was none.</summary>
    public string? TokenHeader { get; init; }

    /// <summary>The token is the provider's own credential too and goes on.</summary>
    public bool IsTokenForwarded { get; init; }

    /// <summary>The virtual key stood in the query: the address to call has none.</summary>
    public Uri? Address { get; init; }

    /// <summary>True for a request header that ends here: the token's, and with a virtual key each one that can hold a key.</summary>
    public bool Withholds(string name)
    {
        if (TokenHeader is not null && name.Equals(TokenHeader, StringComparison.OrdinalIgnoreCase)) return !IsTokenForwarded;
        return KeyId is not null && (CallerCredentials.IsKeyHeader(name) || name.Equals(KeyHeader, StringComparison.OrdinalIgnoreCase));
    }
}
