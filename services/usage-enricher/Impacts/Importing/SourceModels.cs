using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Importing;

/// <summary>Models and their aliases as the source has them, in ours.</summary>
internal static class SourceModels
{
    public static void Write(LineWriter writer, JsonElement source)
    {
        SourceMembers.RefuseUnknown(source, "models", "aliases");
        foreach (var model in source.GetProperty("models").EnumerateArray()) WriteModel(writer, model);
        foreach (var alias in source.GetProperty("aliases").EnumerateArray())
        {
            SourceMembers.RefuseUnknown(alias, "type", "provider", "name", "alias");
            writer.Line(json =>
            {
                json.WriteString("provider", DataLine.Text(alias, "provider"));
                json.WriteString("name", DataLine.Text(alias, "name"));
                json.WriteString("same_as", DataLine.Text(alias, "alias"));
            });
        }
    }

    private static void WriteModel(LineWriter writer, JsonElement model)
    {
        SourceMembers.RefuseUnknown(model, "type", "provider", "name", "architecture", "warnings", "sources", "deployment");
        var architecture = model.GetProperty("architecture");
        SourceMembers.RefuseUnknown(architecture, "type", "parameters");
        writer.Line(json =>
        {
            json.WriteString("provider", DataLine.Text(model, "provider"));
            json.WriteString("name", DataLine.Text(model, "name"));
            WriteParameters(json, architecture.GetProperty("parameters"));
            if (model.TryGetProperty("deployment", out var deployment) && deployment.ValueKind == JsonValueKind.Object)
            {
                SourceMembers.RefuseUnknown(deployment, "tps", "ttft");
                SourceMembers.Copy(json, deployment, "tps", "tps");
                SourceMembers.Copy(json, deployment, "ttft", "ttft");
            }

            SourceMembers.CopyList(json, model, "warnings");
        });
    }

    /// <summary>What decides is the shape, not the named type: only a mixture of experts tells total and active apart.</summary>
    private static void WriteParameters(Utf8JsonWriter json, JsonElement parameters)
    {
        if (parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("total", out _))
        {
            SourceMembers.RefuseUnknown(parameters, "total", "active");
            SourceMembers.Copy(json, parameters, "active", "active");
            SourceMembers.Copy(json, parameters, "total", "total");
            return;
        }

        if (parameters.ValueKind == JsonValueKind.Object) SourceMembers.RefuseUnknown(parameters, "min", "max");
        json.WritePropertyName("parameters");
        parameters.WriteTo(json);
    }
}
