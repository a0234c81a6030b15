using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>
/// Reads one YAML document into nodes that know their place. Repeated members are kept, so that they can be reported with all
/// other problems; aliases and tags have no use in a budgets file and are refused.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>A budgets file needs five levels.</summary>
    private const int MaxDepth = 16;

    private readonly IParser _parser;

    private YamlTree(string text) => _parser = new Parser(new StringReader(text));

    /// <returns>Null when the text holds no document.</returns>
    /// <exception cref="YamlException">The text is not YAML, or uses more of it than is allowed here.</exception>
    public static YamlNode? Read(string text)
    {
        var tree = new YamlTree(text);
        tree._parser.Consume<StreamStart>();
        if (!tree._parser.TryConsume<DocumentStart>(out _)) return null;
        var root = tree.ReadNode("", 0);
        tree._parser.Consume<DocumentEnd>();
        if (tree._parser.TryConsume<DocumentStart>(out var second)) throw Refused(second, "a second document; put everything into one");
        return root;
    }

    private YamlNode ReadNode(string path, int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias)) throw Refused(alias, "aliases are not taken; write the value out");
        var start = _parser.Consume<NodeEvent>();
        if (!start.Anchor.IsEmpty) throw Refused(start, "anchors are not taken; write the value out where it is needed");
        if (!start.Tag.IsEmpty) throw Refused(start, "tags are not taken; write the value without '!'");
        if (depth > MaxDepth) throw Refused(start, $"more than {MaxDepth} levels");
        var (line, column) = (start.Start.Line, start.Start.Column);
        return start switch
        {
            Scalar scalar => new YamlScalar(line, column, path, scalar.Value),
            SequenceStart => new YamlList(line, column, path, ReadItems(path, depth)),
            _ => new YamlMap(line, column, path, ReadMembers(path, depth)),
        };
    }

    private List<YamlNode> ReadItems(string path, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
        return items;
    }

    private List<YamlMember> ReadMembers(string path, int depth)
    {
        var members = new List<YamlMember>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key)) throw Refused(_parser.Current!, "a member's name must be plain text");
            var name = new YamlScalar(key.Start.Line, key.Start.Column, path.Length == 0 ? key.Value : $"{path}.{key.Value}", key.Value);
            members.Add(new YamlMember(name, ReadNode(name.Path, depth + 1)));
        }

        return members;
    }

    private static YamlException Refused(ParsingEvent at, string why) => new(at.Start, at.End, why);
}
