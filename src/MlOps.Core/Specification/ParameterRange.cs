using System.Text.Json.Serialization;

namespace MlOps.Core.Specification;

/// <summary>The values that a search may give to one parameter. A closed set of four shapes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FixedValue), "fixed")]
[JsonDerivedType(typeof(IntRange), "int")]
[JsonDerivedType(typeof(DoubleRange), "double")]
[JsonDerivedType(typeof(Choice), "choice")]
public abstract record ParameterRange;

/// <summary>One value: <c>rounds: 200</c>.</summary>
/// <param name="Value">As written in the file; numbers in invariant form.</param>
public sealed record FixedValue(string Value) : ParameterRange;

/// <summary>Whole numbers, both ends included: <c>max_depth: 4..8</c>.</summary>
/// <param name="Min">Smallest.</param>
/// <param name="Max">Largest.</param>
public sealed record IntRange(long Min, long Max) : ParameterRange;

/// <summary>Real numbers, evenly or evenly in the logarithm: <c>0.5..1.0</c>, <c>log(0.03..0.3)</c>.</summary>
/// <param name="Min">Smallest; above 0 when <paramref name="Log"/>.</param>
/// <param name="Max">Largest.</param>
/// <param name="Log">Whether the logarithm is drawn evenly.</param>
public sealed record DoubleRange(double Min, double Max, bool Log) : ParameterRange;

/// <summary>One of several values: <c>[gbtree, gblinear]</c>.</summary>
/// <param name="Values">At least one, as written in the file.</param>
public sealed record Choice(IReadOnlyList<string> Values) : ParameterRange;
