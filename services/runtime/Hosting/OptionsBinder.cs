using System.Collections;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Pipeline.Runtime.Hosting;

/// <summary>
/// Binds configuration onto an options object and checks it. Nothing is silently ignored: unknown keys, unreadable values
/// and broken rules each give a problem sentence with key, value and remedy, and binding goes on to find the next.
/// </summary>
internal sealed class OptionsBinder(List<string> problems)
{
    /// <summary>Sets the members of <paramref name="target"/> that the section gives, keeps the others, and checks all.</summary>
    public void Bind(object target, IConfigurationSection section)
    {
        Assign(target, section);
        Check(target, section.Path);
    }

    private void Assign(object target, IConfigurationSection section)
    {
        var members = OptionMember.Of(target.GetType());
        foreach (var child in section.GetChildren())
        {
            var member = members.FirstOrDefault(member => string.Equals(member.Name, child.Key, StringComparison.OrdinalIgnoreCase));
            if (member is null) ReportUnknown(child, members);
            else if (ReadMember(child, member, target) is { } value) member.Property.SetValue(target, value);
        }
    }

    private void ReportUnknown(IConfigurationSection child, IReadOnlyList<OptionMember> members)
    {
        var nearest = NearestName.Of(child.Key, members.Select(static member => member.Name));
        var remedy = nearest is null ? $"known here: {string.Join(", ", members.Select(static member => member.Name))}" : $"did you mean {nearest}?";
        problems.Add($"{child.Path}: unknown option; {remedy}");
    }

    /// <returns>Null when nothing is given or it was reported as a problem.</returns>
    private object? ReadMember(IConfigurationSection given, OptionMember member, object owner)
    {
        switch (member.Shape)
        {
            case OptionShape.Section: return ReadSection(given, member.ValueType, member.Property.GetValue(owner));
            case OptionShape.List: return ReadList(given, member);
            case OptionShape.Map: return ReadMap(given, member, member.Property.GetValue(owner));
            default:
                if (given.GetChildren().Any())
                {
                    problems.Add($"{given.Path}: takes one value ({OptionText.Describe(member.ValueType, member.Option.Unit)}), not keys below it");
                    return null;
                }

                return ReadValue(given.Path, given.Value, member);
        }
    }

    private object? ReadSection(IConfigurationSection given, Type type, object? current = null)
    {
        if (!string.IsNullOrEmpty(given.Value))
        {
            var known = string.Join(", ", OptionMember.Of(type).Select(static member => member.Name));
            problems.Add($"{given.Path}: takes keys below it, not one value; known here: {known}");
            return null;
        }

        var target = current ?? Activator.CreateInstance(type)!;
        Assign(target, given);
        return target;
    }

    private object? ReadValue(string path, string? text, OptionMember member)
    {
        // An empty variable in a manifest means "not set".
        if (string.IsNullOrEmpty(text)) return null;
        if (OptionText.Read(text, member.ValueType, member.Option.Unit, out var value) is not { } wanted) return value;
        problems.Add($"{path}: {ShowGiven(text, member)} must be {wanted}");
        return null;
    }

    private object? ReadList(IConfigurationSection given, OptionMember member)
    {
        var elements = new List<object>();
        if (!string.IsNullOrEmpty(given.Value) && !member.HasSectionElements)
        {
            foreach (var part in given.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (ReadValue(given.Path, part, member) is { } value) elements.Add(value);
        }
        else
        {
            foreach (var child in given.GetChildren())
                if (ReadElement(child, member) is { } value) elements.Add(value);
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(member.ValueType))!;
        foreach (var element in elements) list.Add(element);
        return list;
    }

    /// <summary>Names that are given come on top of those that are there by default, member by member.</summary>
    private object? ReadMap(IConfigurationSection given, OptionMember member, object? defaults)
    {
        // Configuration keys carry no case, so neither do the names that they give.
        var map = (IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), member.ValueType), StringComparer.OrdinalIgnoreCase)!;
        if (defaults is IDictionary current) foreach (DictionaryEntry entry in current) map[entry.Key] = entry.Value;
        foreach (var child in given.GetChildren())
            if (ReadElement(child, member, map[child.Key]) is { } value) map[child.Key] = value;
        return map;
    }

    private object? ReadElement(IConfigurationSection child, OptionMember member, object? current = null) =>
        member.HasSectionElements ? ReadSection(child, member.ValueType, current) : ReadValue(child.Path, child.Value, member);

    private void Check(object target, string path)
    {
        foreach (var member in OptionMember.Of(target.GetType()))
        {
            var value = member.Property.GetValue(target);
            var key = $"{path}:{member.Name}";
            if (member.Shape == OptionShape.Value) CheckValue(value, key, member);
            else if (value is not null && member.HasSectionElements) CheckBelow(value, key, member);
        }

        // Rules between members read values that must have been right in themselves.
        if (target is not IValidatableObject rules || problems.Any(problem => problem.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase))) return;
        foreach (var broken in rules.Validate(new ValidationContext(target)))
            problems.Add($"{path}:{string.Join("+", broken.MemberNames)}: {broken.ErrorMessage}");
    }

    private void CheckBelow(object value, string key, OptionMember member)
    {
        if (member.Shape == OptionShape.Section) Check(value, key);
        else if (value is IDictionary map) foreach (DictionaryEntry entry in map) Check(entry.Value!, $"{key}:{entry.Key}");
        else if (value is IList list) for (var i = 0; i < list.Count; i++) Check(list[i]!, $"{key}:{i}");
    }

    private void CheckValue(object? value, string key, OptionMember member)
    {
        foreach (var rule in member.Property.GetCustomAttributes(typeof(ValidationAttribute), true).Cast<ValidationAttribute>())
            if (!rule.IsValid(value)) problems.Add(Broken(rule, key, value, member));
        if (member.Name.EndsWith("File", StringComparison.Ordinal) && value is string file) CheckReadable(key, file);
    }

    private static string Broken(ValidationAttribute rule, string key, object? value, OptionMember member) => rule switch
    {
        RequiredAttribute => $"{key}: is missing; {member.Option.Meaning}",
        RangeAttribute range =>
            $"{key}: {ShowGiven(OptionText.Show(value), member)} must be between {range.Minimum} and {range.Maximum} {member.Option.Unit}".TrimEnd(),
        _ => $"{key}: {ShowGiven(OptionText.Show(value), member)} {rule.FormatErrorMessage(member.Name)}",
    };

    private void CheckReadable(string key, string file)
    {
        try
        {
            using var opened = File.OpenRead(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var why = error is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read";
            problems.Add($"{key}: file '{file}' {why}; give a path that this process can read");
        }
    }

    /// <summary>A value for an error message: never a secret, and never what stands before the @ of a URL.</summary>
    private static string ShowGiven(string text, OptionMember member)
    {
        if (member.Option.IsSecret) return "the given value";
        var at = text.LastIndexOf('@');
        return $"'{(at >= 0 ? "…" + text[at..] : text)}'";
    }
}
