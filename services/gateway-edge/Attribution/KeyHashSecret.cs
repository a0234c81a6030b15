using System.Security.Cryptography;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The secret under which callers' keys are hashed: the operator's file, else one made beside the spool.</summary>
internal static class KeyHashSecret
{
    public const string FileName = "key-hash.secret";
    private const int MadeBytes = 32;
    private const int MinBytes = 16;
    private const int MaxBytes = 4096;

    /// <param name="given">`Gateway:KeyHashSecretFile`; null = make or read the file beside the spool.</param>
    /// <returns>Null, with a sentence saying what to do, when there is no usable secret.</returns>
    public static byte[]? Read(string? given, string spoolPath, out string? problem)
    {
        var path = given ?? Path.Combine(spoolPath, FileName);
        try
        {
            if (given is null && !File.Exists(path)) Make(path);
            var secret = File.ReadAllBytes(path);
            problem = secret.Length is >= MinBytes and <= MaxBytes ? null : $"file '{path}' must hold {MinBytes} to {MaxBytes} bytes, it holds {secret.Length}";
            return problem is null ? secret : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"file '{path}' cannot be {(given is null ? "made" : "read")}: {error.Message}";
            return null;
        }
    }

    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var made = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(made, options))
        {
            file.Write(RandomNumberGenerator.GetBytes(MadeBytes));
            file.Flush(flushToDisk: true);
        }

        // Renamed when whole: a secret cut short by a crash would change every key's id at the next start.
        File.Move(made, path, overwrite: false);
    }
}
