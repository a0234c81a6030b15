using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge;

/// <summary>
/// `gateway-edge key new` makes a virtual key and prints it with its hash; `gateway-edge key hash` reads a key from standard input, so that
/// it stands in no shell's history, and prints its hash.
/// </summary>
internal static class KeyProgram
{
    /// <returns>0 = done; 2 = bad arguments or a key that cannot serve.</returns>
    public static int Run(string[] args, TextReader input, TextWriter output, TextWriter errors)
    {
        if (args is ["new"])
        {
            var made = KeyText.New();
            output.WriteLine($"key  {made}");
            output.WriteLine($"hash {KeyText.HashText(made)}");
            errors.WriteLine("The key goes to the caller and is shown only now; the hash goes into Gateway:VirtualKeys:KeysFile.");
            return 0;
        }

        if (args is ["hash"])
        {
            var given = input.ReadLine()?.Trim() ?? "";
            if (given.Length is >= KeyText.MinChars and <= KeyText.MaxChars && !given.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                output.WriteLine(KeyText.HashText(given));
                return 0;
            }

            errors.WriteLine($"gateway-edge key hash: standard input must be one key of {KeyText.MinChars} to {KeyText.MaxChars} visible ASCII characters, made at random; `gateway-edge key new` makes one");
            return 2;
        }

        errors.WriteLine("Usage: gateway-edge key new | gateway-edge key hash < KEY");
        return 2;
    }
}
