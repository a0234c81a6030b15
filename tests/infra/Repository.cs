using System.Diagnostics;
using System.Text;
using Xunit;

namespace Pipeline.Infra.Tests;

/// <summary>Where the source tree is, and programs of the machine that some checks need.</summary>
internal static class Repository
{
    public static string Root => TestKit.Repository.Root;

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Skips the calling test where the program is missing.</summary>
    /// <param name="input">Standard input.</param>
    public static (int ExitCode, string Output, string Errors) Run(
        string program, IEnumerable<string> arguments, string? folder = null, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? Root,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not on this machine");
            throw;
        }

        using (process)
        {
            var errors = new StringBuilder();
            process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
            process.BeginErrorReadLine();
            if (input is not null) process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.ToString());
        }
    }
}
