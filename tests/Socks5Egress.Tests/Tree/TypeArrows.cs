using System.Reflection;
using System.Reflection.Emit;

namespace Socks5Egress.Tests.Tree;

/// <summary>
/// Which types of an assembly use which others, read from the compiled code: signatures, fields, base types, and every instruction. A constant
/// and a member of an enum leave no trace in the code that uses them.
/// </summary>
internal static class TypeArrows
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Every use of a type of the assembly by another one.</summary>
    public static IEnumerable<(Type From, Type To)> In(Assembly assembly) =>
        from type in assembly.GetTypes()
        from used in Used(type).SelectMany(Parts)
        where used.Assembly == assembly && Outermost(used) != Outermost(type)
        select (Outermost(type), Outermost(used));

    private static IEnumerable<Type?> Used(Type type)
    {
        yield return type.BaseType;
        foreach (var each in type.GetInterfaces()) yield return each;
        foreach (var field in type.GetFields(All)) yield return field.FieldType;
        foreach (var method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)))
        {
            foreach (var used in Signature(method)) yield return used;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return local.LocalType;
            foreach (var member in Members(method, body.GetILAsByteArray()!))
            {
                yield return member as Type ?? member.DeclaringType;
                if (member is FieldInfo field) yield return field.FieldType;
                if (member is not MethodBase called) continue;
                foreach (var used in Signature(called)) yield return used;
            }
        }
    }

    private static IEnumerable<Type?> Signature(MethodBase method) =>
    [
        (method as MethodInfo)?.ReturnType,
        .. method.GetParameters().Select(parameter => parameter.ParameterType),
        .. method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : [],
    ];

    private static IEnumerable<MemberInfo> Members(MethodBase method, byte[] code)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at];
            var operation = Codes[value];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments) is { } member) yield return member;
            at += Size(operation.OperandType, code, at);
        }
    }

    private static int Size(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };

    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter) return [];
        if (type.HasElementType) return Parts(type.GetElementType());
        return type.IsConstructedGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
