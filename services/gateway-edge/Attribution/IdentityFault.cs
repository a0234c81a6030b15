namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Why a token or virtual key does not count. Metric labels and error codes take these names in snake_case.</summary>
internal enum IdentityFault
{
    None,

    /// <summary>Required, and the request has none.</summary>
    TokenMissing,

    /// <summary>Not a signed token in compact form, longer than the bound, or with a header that is not understood.</summary>
    TokenUnreadable,

    /// <summary>Signed in a way that is not on the allow-list; `none` and shared secrets never are.</summary>
    TokenAlgorithmRefused,

    /// <summary>Signed by a key that the issuer's key set does not have.</summary>
    TokenKeyUnknown,

    TokenSignatureWrong,
    TokenIssuerWrong,
    TokenAudienceWrong,
    TokenExpired,
    TokenNotYetValid,

    /// <summary>The issuer's keys could not be had: the token may well be right.</summary>
    TokenKeysUnavailable,

    /// <summary>Required, and the request has no key that is a virtual one.</summary>
    KeyMissing,
    KeyUnknown,
    KeyDisabled,
    KeyExpired,

    /// <summary>The key is not for this upstream.</summary>
    KeyNotForUpstream,

    /// <summary>A key stands where none is looked for, from where it would go on to the provider.</summary>
    KeyMisplaced,
}
