using System.Collections;

namespace Pipeline.Runtime.Hosting;

/// <summary>What a service takes from its process, so that tests can give it something else.</summary>
internal sealed record ServiceSurroundings(
    IReadOnlyDictionary<string, string?> Environment,
    string WorkingFolder,
    TextWriter Output,
    TextWriter Errors,
    TimeProvider Time)
{
    public static ServiceSurroundings OfProcess() => new(
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            static variable => (string)variable.Key, static variable => (string?)variable.Value),
        Directory.GetCurrentDirectory(),
        Console.Out,
        Console.Error,
        TimeProvider.System);
}
