using System.Globalization;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Drift;

/// <summary>Compares the columns of two datasets.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Rows that break a row rule are left out on both sides; time columns are not compared, they differ by nature. Missing values are
/// compared by their share and left out of the measures. Free text (many different values) is compared by what can be counted in it:
/// characters, words, how often the reference's frequent words occur, words new to it, characters beyond ASCII. Beyond four million rows a side every k-th row is taken.
/// </remarks>
public sealed class DriftDetector(DuckDbOptions? options = null)
{
    private readonly DuckDbOptions _options = options ?? new();

    /// <summary>Compares.</summary>
    /// <param name="referencePaths">Canonical files of the reference, at least one.</param>
    /// <param name="currentPaths">Canonical files of what is compared with it, at least one.</param>
    /// <param name="data">The columns and their rules.</param>
    /// <param name="drift">Measure and thresholds.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="Sandbox.ExpressionException">A condition of the checks cannot be used.</exception>
    /// <exception cref="DuckDbException">A file cannot be read, or lacks a column.</exception>
    public DriftReport Compare(
        IReadOnlyList<string> referencePaths, IReadOnlyList<string> currentPaths, DataSpec data, DriftSpec drift, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(_options);
        var samples = new SampleReader(connection, [.. referencePaths.Select(Path.GetFullPath)], [.. currentPaths.Select(Path.GetFullPath)], data, cancellationToken);
        var measured = data.Columns
            .Where(c => c.Type is not (ColumnType.Timestamp or ColumnType.Date))
            .SelectMany(c => Measure(samples, c, drift, cancellationToken))
            .ToList();
        var judged = Judge(measured, drift);
        // A text that is compared in several ways is one column.
        var byColumn = measured.Zip(judged, (m, j) => (m.Of, j.Drifted)).GroupBy(c => c.Of, c => c.Drifted).ToList();
        var share = byColumn.Count == 0 ? 0 : (double)byColumn.Count(c => c.Contains(true)) / byColumn.Count;
        return new DriftReport
        {
            ReferenceRows = samples.ReferenceRows,
            CurrentRows = samples.CurrentRows,
            Columns = judged,
            DriftedShare = share,
            Drifted = judged.Count > 0 && share >= drift.DatasetShare,
        };
    }

    private static IEnumerable<Measured> Measure(SampleReader samples, ColumnSpec column, DriftSpec drift, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var missing = samples.Missing(column.Name, cancellationToken);
        if (column.Type is ColumnType.Int or ColumnType.Double)
            return [new(column.Name, column.Name, ColumnComparison.Of(samples.Numbers(name, cancellationToken), drift.Method), missing)];
        if (column.Type is not ColumnType.String || !samples.IsFreeText(column.Name, cancellationToken))
            return [new(column.Name, column.Name, ColumnComparison.Of(samples.Categories(name, cancellationToken), drift.Method), missing)];
        return MeasureText(samples, column.Name, drift, cancellationToken).Select(m => new Measured(column.Name, $"{column.Name} ({m.What})", m.Comparison, missing));
    }

    private static IEnumerable<(string What, ColumnComparison Comparison)> MeasureText(
        SampleReader samples, string column, DriftSpec drift, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column);
        var vocabulary = samples.Vocabulary(name, cancellationToken);
        yield return ("length", ColumnComparison.Of(samples.Numbers($"length({name})", cancellationToken), drift.Method));
        yield return ("word count", ColumnComparison.Of(samples.Numbers(TextVocabulary.CountOf(name), cancellationToken), drift.Method));
        yield return ("vocabulary", ColumnComparison.Of(vocabulary.Frequent, DriftMethod.ChiSquare));
        // As a distance: 0 when there are no more than to be expected, 1 when every word is new.
        yield return ("new words", new(DriftMethod.TotalVariation, vocabulary.UnexpectedNewShare, null));
        yield return ("non-ASCII", ColumnComparison.Of(samples.Numbers(TextVocabulary.NonAsciiOf(name), cancellationToken), drift.Method));
    }

    private static List<ColumnDrift> Judge(List<Measured> measured, DriftSpec drift)
    {
        var tests = measured.Where(m => m.Comparison.PValue is not null).ToList();
        var adjusted = tests.Zip(BenjaminiHochberg.Adjust([.. tests.Select(t => t.Comparison.PValue!.Value)])).ToDictionary(t => t.First, t => t.Second);
        return measured.ConvertAll(m => Judge(m, adjusted.TryGetValue(m, out var p) ? p : null, drift));
    }

    private static ColumnDrift Judge(Measured measured, double? adjusted, DriftSpec drift)
    {
        var (comparison, missing) = (measured.Comparison, measured.Missing);
        var threshold = adjusted is null ? drift.MaxDistance : drift.MinEffect;
        var differs = adjusted is { } p
            ? p <= drift.FalseDiscoveryRate && comparison.Value >= threshold
            : comparison.Value > threshold;
        var missingDiffers = Math.Abs(missing.Current - missing.Reference) > drift.MaxMissingChange;
        var empty = double.IsNaN(comparison.Value) && !missingDiffers;
        return new ColumnDrift
        {
            Column = measured.Column,
            Method = comparison.Method,
            Value = comparison.Value,
            PValue = comparison.PValue,
            Threshold = threshold,
            ReferenceMissing = missing.Reference,
            CurrentMissing = missing.Current,
            Drifted = differs || missingDiffers,
            Detail = string.Create(CultureInfo.InvariantCulture, $"{Describe(comparison, adjusted, threshold, empty)}{DescribeMissing(missing, missingDiffers)}"),
        };
    }

    private static string Describe(ColumnComparison comparison, double? adjusted, double threshold, bool empty) => (empty, adjusted) switch
    {
        (true, _) => "No values to compare.",
        (_, { } p) => string.Create(CultureInfo.InvariantCulture,
            $"{comparison.Method}: effect {comparison.Value:0.####} (drift from {threshold:0.####}), p {comparison.PValue:0.####}, corrected {p:0.####}."),
        _ => string.Create(CultureInfo.InvariantCulture, $"{comparison.Method}: distance {comparison.Value:0.####} (drift above {threshold:0.####})."),
    };

    private static string DescribeMissing((double Reference, double Current) missing, bool differs) => differs
        ? string.Create(CultureInfo.InvariantCulture, $" Missing values went from {missing.Reference:P1} to {missing.Current:P1}.")
        : "";

    private sealed record Measured(string Of, string Column, ColumnComparison Comparison, (double Reference, double Current) Missing);
}
