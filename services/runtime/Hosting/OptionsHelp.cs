using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Pipeline.Runtime.Hosting;

/// <summary>One option as shown by `--help` and docs/options.md.</summary>
/// <param name="Key">`Section:Member`, with &lt;name&gt; and &lt;n&gt; where maps and lists stand.</param>
public sealed record OptionEntry(string Key, string Type, string Default, string? Unit, string? Bounds, string Meaning, string? Switch);

/// <summary>Lists options from their attributes, so that help can never differ from what is bound.</summary>
public static class OptionsHelp
{
    /// <summary>Every option of a section, nested ones in place.</summary>
    /// <param name="defaults">An options object as made by its constructor.</param>
    public static IEnumerable<OptionEntry> Entries(string section, object defaults)
    {
        foreach (var member in OptionMember.Of(defaults.GetType()))
        {
            var key = $"{section}:{member.Name}";
            var value = member.Property.GetValue(defaults);
            var below = member.Shape switch
            {
                OptionShape.Map => key + ":<name>",
                OptionShape.List => key + ":<n>",
                _ => key,
            };
            if (!member.HasSectionElements) yield return Entry(below, member, value);
            else
            {
                var one = member.Shape == OptionShape.Section && value is not null ? value : Activator.CreateInstance(member.ValueType)!;
                foreach (var entry in Entries(below, one)) yield return entry;
            }
        }
    }

    internal static void Write(TextWriter output, IEnumerable<OptionEntry> entries)
    {
        string? section = null;
        foreach (var entry in entries)
        {
            var name = entry.Key[..entry.Key.IndexOf(':')];
            if (name != section) output.WriteLine($"\n{section = name}");
            var facts = string.Join(", ", new[]
            {
                entry.Type,
                entry.Unit is { } unit && unit != entry.Type ? unit : null,
                entry.Bounds,
                "default " + entry.Default,
            }.Where(static fact => fact is not null));
            output.WriteLine($"  --{entry.Key}{(entry.Switch is null ? "" : $", {entry.Switch}")}  ({facts})");
            output.WriteLine($"      {entry.Meaning}");
        }
    }

    private static OptionEntry Entry(string key, OptionMember member, object? value)
    {
        var range = member.Property.GetCustomAttribute<RangeAttribute>();
        var isRequired = member.Property.GetCustomAttribute<RequiredAttribute>() is not null;
        var shown = member.Shape == OptionShape.Value ? OptionText.Show(value) : ShowMany(value);
        return new OptionEntry(
            key,
            OptionText.Describe(member.ValueType, member.Option.Unit),
            value is null && isRequired ? "none, must be given" : shown,
            member.Option.Unit,
            range is null ? null : $"{range.Minimum} to {range.Maximum}",
            member.Option.Meaning,
            member.Option.Switch);
    }

    private static string ShowMany(object? value) => value switch
    {
        IDictionary { Count: > 0 } map => string.Join(", ", map.Keys.Cast<object>().Select(key => $"{key}={OptionText.Show(map[key])}")),
        IList { Count: > 0 } list => string.Join(",", list.Cast<object>().Select(OptionText.Show)),
        _ => "none",
    };
}
