using Pipeline.Schemas;

namespace Pipeline.EsSink.Rendering;

/// <summary>Renders enriched events as documents: UTF-8 JSON, one line each, null is absent. Not for use by two threads.</summary>
internal sealed class UsageDocument(DocumentBuffer target) : IDisposable
{
    private readonly DocumentWriter _writer = new(target);

    /// <summary>Appends the document to the target, without a line break.</summary>
    public void Append(LlmUsage usage)
    {
        _writer.Begin(target);
        Append(FieldTree.Root, usage);
        _writer.End();
    }

    public void Dispose() => _writer.Dispose();

    private void Append(FieldTree node, LlmUsage usage)
    {
        var children = node.Children;
        for (var i = 0; i < children.Count; i++)
        {
            var child = children[i];
            if (child.Field is not null)
            {
                child.Field.Write(_writer, child.EncodedName, usage);
                continue;
            }

            _writer.Enter(child.EncodedName);
            Append(child, usage);
            _writer.Leave();
        }
    }
}
