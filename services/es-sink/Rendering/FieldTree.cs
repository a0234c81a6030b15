using System.Text.Json;

namespace Pipeline.EsSink.Rendering;

/// <summary>The fields' paths as the objects that they stand in, in the order of the table.</summary>
internal sealed class FieldTree(string name)
{
    private readonly List<FieldTree> _children = [];

    public static readonly FieldTree Root = Build();

    public string Name { get; } = name;
    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(name);

    /// <summary>Null for an object.</summary>
    public UsageField? Field { get; private set; }

    public IReadOnlyList<FieldTree> Children => _children;

    private static FieldTree Build()
    {
        var root = new FieldTree("");
        foreach (var field in UsageFields.All)
        {
            var node = root;
            foreach (var part in field.Path.Split('.')) node = node.ChildNamed(part);
            if (node.Field is not null || node._children.Count > 0) throw new InvalidOperationException($"two fields at {field.Path}");
            node.Field = field;
        }

        return root;
    }

    private FieldTree ChildNamed(string part)
    {
        if (Field is not null) throw new InvalidOperationException($"{Field.Path} is a field and an object");
        var child = _children.Find(child => child.Name == part);
        if (child is null) _children.Add(child = new FieldTree(part));
        return child;
    }
}
