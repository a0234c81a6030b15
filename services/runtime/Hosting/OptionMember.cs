using System.Collections.Concurrent;
using System.Reflection;

namespace Pipeline.Runtime.Hosting;

/// <summary>What shape of configuration a member takes.</summary>
internal enum OptionShape { Value, Section, List, Map }

/// <summary>One option as its type declares it.</summary>
/// <param name="ValueType">The value's type, or that of the elements of a list or map; never Nullable.</param>
internal sealed record OptionMember(PropertyInfo Property, OptionAttribute Option, OptionShape Shape, Type ValueType)
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<OptionMember>> Known = new();

    public string Name => Property.Name;

    /// <summary>True when list and map elements are options types themselves.</summary>
    public bool HasSectionElements => IsOptionsType(ValueType);

    /// <summary>The options of a type in the order of declaration.</summary>
    public static IReadOnlyList<OptionMember> Of(Type type) => Known.GetOrAdd(type, static type =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.GetCustomAttribute<OptionAttribute>() is not null)
            .OrderBy(static property => property.MetadataToken)
            .Select(Create)]);

    private static OptionMember Create(PropertyInfo property)
    {
        var option = property.GetCustomAttribute<OptionAttribute>()!;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (ElementOf(type, typeof(IReadOnlyDictionary<,>), 1) is { } mapped) return new(property, option, OptionShape.Map, mapped);
        if (ElementOf(type, typeof(IReadOnlyList<>), 0) is { } listed) return new(property, option, OptionShape.List, listed);
        return new(property, option, IsOptionsType(type) ? OptionShape.Section : OptionShape.Value, type);
    }

    private static Type? ElementOf(Type type, Type generic, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[argument] : null;

    private static bool IsOptionsType(Type type) => type.IsClass && type != typeof(string) && Of(type).Count > 0;
}
