using System.Text.Json;
using System.Xml.Linq;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Profiling;

namespace MlOps.Data.Tests.Profiling;

public sealed class DatasetProfilerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DatasetProfile Profile(string query, DataSpec data, LabelSpec? label = null)
    {
        using (var connection = DuckDbConnection.Open()) connection.Execute($"COPY ({query}) TO {Sql.Text(_folder["d.parquet"])} (FORMAT parquet)", default);
        return new DatasetProfiler().Profile(_folder["d.parquet"], data, label, default);
    }

    private static DataSpec Columns(params (string Name, ColumnType Type)[] columns) =>
        new() { Columns = [.. columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })] };

    [Fact]
    public void Numbers_by_hand()
    {
        // 0 .. 99 once each and one 1000: mean 5950/101.
        var profile = Profile("SELECT i::BIGINT AS x FROM range(100) r(i) UNION ALL SELECT 1000 UNION ALL SELECT NULL", Columns(("x", ColumnType.Int)));
        var column = Assert.Single(profile.Columns);
        Assert.Equal((102, 1, "0", "1000"), (profile.Rows, column.Missing, column.Min, column.Max));
        Assert.Equal(5950.0 / 101, column.Numbers!.Mean, 1e-9);
        Assert.Equal(50, column.Numbers.Quantiles["0.5"], 1.0);
        Assert.Equal(1, column.Numbers.Outliers);
        Assert.Equal(101, column.Numbers.Histogram.Sum(b => b.Count));
        // Bins of six whole numbers: none holds more than its neighbour until the values end at 99; the last takes the outlier.
        Assert.All(column.Numbers.Histogram, b => Assert.Equal(Math.Floor(b.From), b.From));
        Assert.Equal(Enumerable.Repeat(6L, 16), column.Numbers.Histogram.Take(16).Select(b => b.Count));
        Assert.Equal(1, column.Numbers.Histogram[^1].Count);
    }

    [Fact]
    public void A_constant_and_an_empty_column_have_a_profile()
    {
        var profile = Profile("SELECT 7.5::DOUBLE AS c, NULL::DOUBLE AS e, NULL::VARCHAR AS t FROM range(10)", Columns(("c", ColumnType.Double), ("e", ColumnType.Double), ("t", ColumnType.String)));
        Assert.Equal(10, Assert.Single(profile.Columns[0].Numbers!.Histogram).Count);
        Assert.True(double.IsNaN(profile.Columns[0].Numbers!.Skewness));
        Assert.Null(profile.Columns[1].Numbers);
        Assert.Empty(profile.Columns[2].TopValues);
        Assert.Equal(9, profile.DuplicateRows);
        Assert.Contains("7.5", ProfilePage.Render(profile, "x"), StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_that_fall_together_are_counted_together()
    {
        var profile = Profile(
            "SELECT CASE WHEN i % 4 > 0 THEN i END AS a, CASE WHEN i % 4 > 0 THEN 'x' END AS b, CASE WHEN i % 10 > 0 THEN true END AS c FROM range(100) r(i)",
            Columns(("a", ColumnType.Int), ("b", ColumnType.String), ("c", ColumnType.Bool)));
        Assert.Equal([("", 70), ("a,b", 20), ("a,b,c", 5), ("c", 5)],
            profile.MissingPatterns.Select(p => (string.Join(',', p.Columns), (int)p.Rows)).OrderByDescending(p => p.Item2).ThenBy(p => p.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public void Associations_find_what_goes_together()
    {
        var profile = Profile(
            "SELECT i::DOUBLE AS x, -2.0 * i AS y, 'g' || i % 3 AS g, 'h' || i % 3 AS h, i % 3 * 10.0 AS z FROM range(999) r(i)",
            Columns(("x", ColumnType.Double), ("y", ColumnType.Double), ("g", ColumnType.String), ("h", ColumnType.String), ("z", ColumnType.Double)),
            new("late", "z > 5"));
        double Of(string left, string right, AssociationMeasure measure) => profile.Associations.Single(a => a.Left == left && a.Right == right && a.Measure == measure).Value;
        Assert.Equal(-1, Of("x", "y", AssociationMeasure.Pearson), 1e-6);
        Assert.Equal(-1, Of("x", "y", AssociationMeasure.Spearman), 1e-6);
        Assert.Equal(1, Of("g", "h", AssociationMeasure.CramersV), 1e-9);
        Assert.Equal(1, Of("g", "z", AssociationMeasure.CorrelationRatio), 1e-6);
        Assert.InRange(Math.Abs(Of("x", "z", AssociationMeasure.Pearson)), 0, 0.01);
        // z > 5 separates 0 from 10 and 20: the correlation of (0,10,20) with (0,1,1) is √3/2.
        Assert.Equal(Math.Sqrt(3) / 2, Of("z", "late (label)", AssociationMeasure.Pearson), 1e-6);
    }

    [Fact]
    public void Correlations_and_moments_are_scipys()
    {
        var references = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Drift", "references.json"))).RootElement;
        foreach (var reference in references.GetProperty("correlations").EnumerateArray())
        {
            var rows = reference.GetProperty("a").EnumerateArray().Zip(reference.GetProperty("b").EnumerateArray(), (a, b) => $"({a}::DOUBLE, {b}::DOUBLE)");
            var profile = Profile($"SELECT * FROM (VALUES {string.Join(", ", rows)}) t(a, b)", Columns(("a", ColumnType.Double), ("b", ColumnType.Double)));
            double Of(AssociationMeasure measure) => profile.Associations.Single(x => x.Measure == measure).Value;
            Assert.Equal(reference.GetProperty("pearson").GetDouble(), Of(AssociationMeasure.Pearson), 1e-5);
            Assert.Equal(reference.GetProperty("spearman").GetDouble(), Of(AssociationMeasure.Spearman), 1e-6);
            Assert.Equal(reference.GetProperty("skewness").GetDouble(), profile.Columns[1].Numbers!.Skewness, 1e-9);
            Assert.Equal(reference.GetProperty("kurtosis").GetDouble(), profile.Columns[1].Numbers!.Kurtosis, 1e-9);
        }
    }

    [Fact]
    public void Penguins_have_a_page_that_stands_alone()
    {
        var spec = RealData.PenguinSpecies;
        var ingested = new DatasetIngestor().Ingest([new(RealData.Penguins, "penguins.json")], spec.Data, _folder["out"], default);
        var page = ProfilePage.Render(new DatasetProfiler().Profile(ingested.DataPath, spec.Data, spec.Features.Label, default), "penguins <1>");
        Assert.Contains("penguins &lt;1&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Beak Length (mm)", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        // Well-formed but for the two void elements of the head.
        XDocument.Parse(page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)]);
    }

    [Fact]
    public void Names_and_values_cannot_break_out_of_the_page()
    {
        var page = ProfilePage.Render(Profile("SELECT '<script>alert(1)</script>' AS \"<b>\"", Columns(("<b>", ColumnType.String))), "t");
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>\"", page, StringComparison.Ordinal);
    }
}
