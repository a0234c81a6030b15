namespace Pipeline.Runtime.Hosting;

/// <summary>Reads secrets that options name by file. Their content never reaches logs, metrics, errors or events.</summary>
public static class SecretFile
{
    public const int MaxBytes = 64 * 1024;

    /// <summary>The file's text without the line break at its end, which editors and `echo` add.</summary>
    /// <exception cref="IOException">The file cannot be read any more, or is over <see cref="MaxBytes"/>.</exception>
    public static string Read(string file)
    {
        if (new FileInfo(file).Length > MaxBytes) throw new IOException($"secret file '{file}' is over {MaxBytes} bytes");
        return File.ReadAllText(file).TrimEnd('\r', '\n');
    }
}
