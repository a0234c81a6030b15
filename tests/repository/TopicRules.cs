using System.Text.RegularExpressions;
using Pipeline.Runtime.Log;

namespace Pipeline.Repository.Tests;

/// <summary>Topic names are written in three places: code, drawing and schema files. They must be the same names.</summary>
public static partial class TopicRules
{
    private const string Suffix = ".dead-letter";

    public static IEnumerable<string> TheDrawingNamesTheTopics(IReadOnlyList<RepositoryFile> files)
    {
        var topics = Topics.All().Select(topic => topic.Name).ToHashSet();
        foreach (var file in files.Where(file => file.Path == "docs/architecture.md"))
        {
            var named = TopicName().Matches(file.Text).Select(match => match.Value).ToHashSet();
            foreach (var name in named.Except(topics)) yield return $"{file.Path}: '{name}' is no topic of the code";
            foreach (var topic in topics.Except(named).Where(topic => !topic.EndsWith(Suffix, StringComparison.Ordinal)))
                yield return $"{file.Path}: does not show the topic '{topic}'";
        }
    }

    public static IEnumerable<string> EverySchemaFileNamesATopic(IReadOnlyList<RepositoryFile> files)
    {
        var subjects = Topics.All().Select(topic => $"schemas/{topic.Name}-value.avsc").ToHashSet();
        return files.Where(file => file.Path.EndsWith(".avsc", StringComparison.Ordinal) && file.Path.StartsWith("schemas/", StringComparison.Ordinal) && !subjects.Contains(file.Path))
            .Select(file => $"{file.Path}: its name is not '<topic>-value.avsc'");
    }

    // Not the headers (x-llm-team), and an index pattern (llm-usage-*) up to its topic name.
    [GeneratedRegex(@"(?<![\w-])llm-[a-z]+(-[a-z]+)*(\.dead-letter)?")]
    private static partial Regex TopicName();
}
