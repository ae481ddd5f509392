using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using MlOps.Core.Models;
using MlOps.Core.Specification;

namespace MlOps.Data.Features;

/// <summary>Judges a value that is of the right type: against what its column declares, and against what training has seen.</summary>
public sealed class InputRules
{
    private readonly InputPolicy _policy;
    private readonly double? _declaredMin;
    private readonly double? _declaredMax;
    private readonly double? _seenMin;
    private readonly double? _seenMax;
    private readonly TextSet? _declaredTexts;
    private readonly TextSet? _seenTexts;
    private readonly Regex? _pattern;

    internal InputRules(ColumnSpec column, InputProfile profile)
    {
        _policy = profile.Policy;
        if (_policy.Rules is not InputAction.Ignore)
        {
            (_declaredMin, _declaredMax, _pattern) = (column.Min, column.Max, PatternOf(column));
            _declaredTexts = TextSet.Of(column.Values);
        }

        if (profile.Columns.FirstOrDefault(c => c.Name == column.Name) is not { } seen) return;
        if (_policy.Range is not InputAction.Ignore) (_seenMin, _seenMax) = (seen.Min, seen.Max);
        if (_policy.UnknownCategory is not InputAction.Ignore) _seenTexts = TextSet.Of(seen.Categories);
    }

    /// <summary>The rule that a number breaks, and what is to be done; <see langword="null"/> when it breaks none.</summary>
    public (InputAction Action, string Rule)? Judge(double value)
    {
        if (value < _declaredMin || value > _declaredMax) return (_policy.Rules, $"a number {Between(_declaredMin, _declaredMax)} is expected.");
        if (value < _seenMin || value > _seenMax)
            return (_policy.Range, $"training has seen numbers {Between(_seenMin, _seenMax)}: what the model makes of others was not measured.");
        return null;
    }

    /// <summary>The rule that a text breaks, and what is to be done; <see langword="null"/> when it breaks none.</summary>
    public (InputAction Action, string Rule)? Judge(ReadOnlySpan<byte> utf8)
    {
        if (_declaredTexts?.Contains(utf8) is false) return (_policy.Rules, $"one of {_declaredTexts} is expected.");
        if (_pattern?.IsMatch(Encoding.UTF8.GetString(utf8)) is false) return (_policy.Rules, $"a text that matches {_pattern} is expected.");
        return _seenTexts?.Contains(utf8) is false ? (_policy.UnknownCategory, "training has not seen this category.") : null;
    }

    private static string Between(double? low, double? high) => (low, high) switch
    {
        (null, _) => $"of at most {high}",
        (_, null) => $"of at least {low}",
        _ => $"from {low} to {high}",
    };

    /// <summary>RE2 and .NET's automaton agree on what both can read; a pattern that .NET cannot is left to validation.</summary>
    private static Regex? PatternOf(ColumnSpec column)
    {
        try
        {
            return column.Pattern is { } pattern
                ? new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
                : null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>A set of texts that is asked with UTF-8, without a string for each question.</summary>
    private sealed class TextSet
    {
        private const int Shown = 10;
        private readonly HashSet<byte[]> _texts;
        private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
        private readonly string _shown;

        private TextSet(IReadOnlyList<string> texts)
        {
            _texts = new(texts.Select(Encoding.UTF8.GetBytes), new BytesComparer());
            _lookup = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();
            _shown = string.Join(", ", texts.Take(Shown)) + (texts.Count > Shown ? ", …" : "");
        }

        public static TextSet? Of(IReadOnlyList<string>? texts) => texts is null ? null : new(texts);

        public bool Contains(ReadOnlySpan<byte> utf8) => _lookup.Contains(utf8);

        public override string ToString() => _shown;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
