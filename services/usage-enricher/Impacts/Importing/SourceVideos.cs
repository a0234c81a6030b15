using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Importing;

/// <summary>Models of videos as the source has them, each with its machine and its provider's centre beside it.</summary>
internal static class SourceVideos
{
    private static readonly string[] Coefficients = ["n", "m", "m1", "m2", "n1", "n2", "g", "non_audio_weight"];

    public static void Write(LineWriter writer, JsonElement source)
    {
        SourceMembers.RefuseUnknown(source, "provider_configurations", "hardware_configurations", "models");
        var (centres, machines) = (source.GetProperty("provider_configurations"), source.GetProperty("hardware_configurations"));
        foreach (var model in source.GetProperty("models").EnumerateArray())
        {
            SourceMembers.RefuseUnknown(model, "provider", "model_name", "regression_parameters", "capabilities", "hardware");
            writer.Line(json => WriteModel(
                json, model, centres.GetProperty(DataLine.Text(model, "provider")), machines.GetProperty(DataLine.Text(model, "hardware"))));
        }
    }

    private static void WriteModel(Utf8JsonWriter json, JsonElement model, JsonElement centre, JsonElement machine)
    {
        SourceMembers.RefuseUnknown(centre, "datacenter_location", "datacenter_pue", "datacenter_wue");
        SourceMembers.RefuseUnknown(machine, "number_of_accelerators", "server_power", "server_embodied", "accelerator_embodied");
        var regression = model.GetProperty("regression_parameters");
        SourceMembers.RefuseUnknown(regression, Coefficients);
        json.WriteString("name", DataLine.Text(model, "model_name"));
        json.WriteStartObject("regression");
        foreach (var coefficient in Coefficients) SourceMembers.Copy(json, regression, coefficient, coefficient);
        json.WriteEndObject();
        SourceMembers.Copy(json, machine, "number_of_accelerators", "accelerators");
        json.WriteStartObject("power");
        SourceMembers.Copy(json, machine.GetProperty("server_power"), "p2_5", "min");
        SourceMembers.Copy(json, machine.GetProperty("server_power"), "p97_5", "max");
        json.WriteEndObject();
        WriteMaking(json, machine, "server_embodied", "server");
        WriteMaking(json, machine, "accelerator_embodied", "accelerator");
        SourceMembers.Copy(json, centre, "datacenter_location", "zone");
        SourceMembers.Copy(json, centre, "datacenter_pue", "pue");
        SourceMembers.Copy(json, centre, "datacenter_wue", "wue");
    }

    private static void WriteMaking(Utf8JsonWriter json, JsonElement machine, string member, string name)
    {
        var making = machine.GetProperty(member);
        SourceMembers.RefuseUnknown(making, "gwp", "adpe", "pe");
        json.WriteStartObject(name);
        foreach (var criterion in (string[])["gwp", "adpe", "pe"]) SourceMembers.Copy(json, making, criterion, criterion);
        json.WriteEndObject();
    }
}
