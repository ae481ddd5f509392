using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Leakage;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Leakage;

/// <summary>600 rows; <c>i % 3 = 0</c> is the label's positive third.</summary>
public sealed class LabelLeakageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LabelLeakageTests()
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute(
            $"""
            COPY (SELECT i % 3 = 0 AS churned, (i * 7919 % 600)::DOUBLE AS noise, 'shop ' || (i * 31 % 7) AS shop, 'customer ' || i AS customer,
                         CASE WHEN i % 3 = 0 THEN -(100 + i % 50) ELSE i % 80 END::DOUBLE AS refund,
                         CASE WHEN i % 3 = 0 THEN 'moved' ELSE 'stays' || i % 2 END AS state,
                         CASE WHEN i % 3 = 0 THEN (i * 7919 % 600)::DOUBLE END AS farewell,
                         'class ' || i % 3 AS class, (i % 3) * 10 + (i % 5) / 10.0 AS scale, (i * 7919 % 600) * 2.54 AS centimetres
                  FROM range(600) r(i)) TO {Sql.Text(_folder["d.parquet"])} (FORMAT parquet)
            """, default);
    }

    public void Dispose() => _folder.Dispose();

    private CheckResult Check(string label, string input, string? sql = null, LeakageCheck? check = null)
    {
        ColumnSpec Column(string name, ColumnType type) => new() { Name = name, Type = type };
        var data = new DataSpec
        {
            Columns =
            [
                Column("churned", ColumnType.Bool), Column("noise", ColumnType.Double), Column("shop", ColumnType.String), Column("customer", ColumnType.String),
                Column("refund", ColumnType.Double), Column("state", ColumnType.String), Column("farewell", ColumnType.Double), Column("class", ColumnType.String),
                Column("scale", ColumnType.Double), Column("centimetres", ColumnType.Double),
            ],
        };
        var features = new FeaturesSpec { Label = new("y", label), Inputs = label is "noise" ? [new(input, sql ?? input)] : [new("noise", "noise"), new(input, sql ?? input)], Split = new() { By = SplitMethod.Random } };
        return new LabelLeakage().Check(_folder["d.parquet"], RealData.Pipeline("p", data, features), check ?? new(0.95, 0.05, []), default);
    }

    [Theory]
    [InlineData("churned", "refund", "'refund' with AUC 1")]
    [InlineData("churned", "state", "'state' with Cramér's V")]
    [InlineData("churned", "farewell", "'farewell' with Cramér's V of whether it is missing")]
    [InlineData("class", "scale", "'scale' with correlation ratio 0.99")]
    [InlineData("noise", "centimetres", "'centimetres' with Spearman's correlation 1")]
    [InlineData("scale", "class", "'class' with correlation ratio 0.99")]
    public void An_input_that_tells_the_label_is_named_with_its_measure(string label, string input, string expected)
    {
        var result = Check(label, input);
        Assert.False(result.Passed);
        Assert.StartsWith(expected, result.Detail, StringComparison.Ordinal);
        Assert.InRange(result.Value, 0.95, 1);
    }

    [Theory]
    [InlineData("churned", "shop")]
    // Every value once: without a correction for chance it would tell everything.
    [InlineData("churned", "customer")]
    [InlineData("noise", "customer")]
    [InlineData("class", "shop")]
    [InlineData("noise", "shop")]
    public void An_input_that_has_nothing_to_do_with_the_label_passes(string label, string input)
    {
        var result = label is "noise" ? Check("refund", input) : Check(label, input);
        Assert.True(result.Passed, result.Detail);
        Assert.InRange(result.Value, 0, 0.6);
    }

    [Fact]
    public void Inputs_are_judged_as_the_model_takes_them_not_as_the_columns_are()
    {
        Assert.False(Check("churned", "hint", "refund < 0").Passed);
        Assert.True(Check("churned", "hint", "noise + 0 * refund").Passed);
        Assert.True(Check("churned", "refund", check: new(1, 0.05, [])).Passed);
        Assert.Equal(CheckSeverity.Warn, Check("churned", "refund", check: new(0.95, 0.05, []) { Severity = CheckSeverity.Warn }).Severity);
    }

    [Fact]
    public void Few_rows_with_a_label_tell_nothing() =>
        Assert.Contains("too few", Check("CASE WHEN noise < 40 THEN churned END", "refund").Detail, StringComparison.Ordinal);

    [Fact]
    public void An_expression_that_is_none_is_named() =>
        Assert.Contains("features.inputs.bad", Assert.Throws<ExpressionException>(() => Check("churned", "bad", "nosuch + 1")).Message, StringComparison.Ordinal);
}
