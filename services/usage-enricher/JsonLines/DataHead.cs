using System.Text.Json;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>First line of every data file: where the figures come from.</summary>
internal sealed record DataHead(string Catalogue, string Release, string Source, string Licence, string Copyright)
{
    public static DataHead Read(JsonElement json) => new(
        DataLine.Text(json, "catalogue"), DataLine.Text(json, "release"), DataLine.Text(json, "source"), DataLine.Text(json, "licence"), DataLine.Text(json, "copyright"));

    public void Write(LineWriter writer) => writer.Line(ToLine());

    public byte[] ToLine() => LineWriter.ToLine(json =>
    {
        json.WriteString("catalogue", Catalogue);
        json.WriteString("release", Release);
        json.WriteString("source", Source);
        json.WriteString("licence", Licence);
        json.WriteString("copyright", Copyright);
    });
}
