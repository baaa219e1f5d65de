using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Tests.LoadTesting;

/// <summary>What callers of an assembly can name, a line a member: properties, methods with the names and defaults of their parameters, members of enums.</summary>
internal static class PublicSurface
{
    /// <summary>What every record has, whichever compiler made it.</summary>
    private static readonly HashSet<string> OfRecords = ["Equals", "GetHashCode", "ToString", "CompareTo", "<Clone>$", "Deconstruct"];

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(string)] = "string", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(double)] = "double", [typeof(bool)] = "bool",
        [typeof(object)] = "object", [typeof(void)] = "void",
    };

    public static IEnumerable<string> Of(Assembly assembly, params string[] namespaces) => assembly.GetExportedTypes()
        .Where(type => namespaces.Contains(type.Namespace))
        .SelectMany(type => type.IsEnum ? Members(type) : [.. Properties(type), .. Methods(type)])
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Members(Type type) => Enum.GetValuesAsUnderlyingType(type).Cast<object>()
        .Select(value => $"{Name(type)}.{Enum.GetName(type, value)} = {value}");

    private static IEnumerable<string> Properties(Type type) => type.GetProperties(Declared)
        .Select(property => $"{Name(type)}.{property.Name} : {Name(property.PropertyType)}");

    private static IEnumerable<string> Methods(Type type) => type.GetMethods(Declared)
        .Where(method => !method.IsSpecialName && !OfRecords.Contains(method.Name))
        .Select(method => $"{(method.IsStatic ? "static " : "")}{Name(type)}.{method.Name}({Parameters(method)}) : {Name(method.ReturnType)}");

    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static string Parameters(MethodInfo method) => string.Join(", ", method.GetParameters().Select((parameter, i) =>
        (i == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + (parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")
        + Name(parameter.ParameterType) + " " + parameter.Name
        + (parameter.HasDefaultValue ? " = " + Value(parameter.DefaultValue) : "")));

    private static string Value(object? value) => value is string text ? $"\"{text}\"" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.Name;
        return type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + "<" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ">";
    }
}
