using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Validation;

namespace MlOps.Data.Tests.Validation;

public sealed class DatasetValidatorTests : IDisposable
{
    private static readonly DataSpec s_spec = new()
    {
        Columns =
        [
            new() { Name = "id", Type = ColumnType.Int, Required = true, Min = 1, Max = 100 },
            new() { Name = "kind", Type = ColumnType.String, Values = ["a", "it's b"], MaxDistinct = 2 },
            new() { Name = "code", Type = ColumnType.String, Pattern = "[A-Z]{3}" },
            new() { Name = "share", Type = ColumnType.Double, Max = 0.5 },
        ],
        Checks = [new RowsCheck(2, 10), new MissingCheck("code", 0.4), new QuarantinedCheck(0.6)],
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ValidationVerdict Validate(DataSpec spec, params (string Name, string Content)[] files)
    {
        foreach (var (name, content) in files) _folder.Write(name, content);
        var ingested = new DatasetIngestor().Ingest([.. files.Select(f => new SourceFile(_folder[f.Name], f.Name))], spec, _folder["out"], default);
        return new DatasetValidator().Validate(ingested.DataPath, ingested, spec, _folder["quarantine/rows.parquet"], default);
    }

    private static CheckResult Check(ValidationVerdict verdict, string check) => Assert.Single(verdict.Checks, c => c.Check == check);

    [Fact]
    public void Rows_that_break_a_rule_go_to_quarantine_with_all_their_reasons_and_their_place()
    {
        var verdict = Validate(s_spec,
            ("1.csv", "id,kind,code,share\n1,a,ABC,0.5\nx,a,ABC,0\n0,c,ABCD,0.1\n,it's b,,\n"),
            ("2.csv", "id,kind,code,share\n7,a,XYZ,0.4\n101,a,abc,0.6\n8,,DEF,\n"));
        Assert.True(verdict.Passed, verdict.Reason);
        Assert.Equal((7, 3, 4), (verdict.Rows, verdict.Kept, verdict.Quarantined));

        using var connection = DuckDbConnection.Open();
        var rows = connection.Rows($"SELECT __file, __row, array_to_string(__reasons, '; ') FROM read_parquet({Sql.Text(_folder["quarantine/rows.parquet"])})", default);
        Assert.Equal(
            [
                ("1.csv", 3, "id in [1, 100]; kind in {a, it's b}; code matches [A-Z]{3}"),
                ("1.csv", 4, "id is required"),
                ("2.csv", 2, "id in [1, 100]; code matches [A-Z]{3}; share <= 0.5"),
            ],
            rows.Select(r => (r.Text(0), (int)r.Long(1), r.Text(2))));
        Assert.Equal(2, Check(verdict, "id in [1, 100]").Value);
        Assert.Contains("first at 1.csv, row 3: 0", Check(verdict, "id in [1, 100]").Detail, StringComparison.Ordinal);
        Assert.Equal(1, Check(verdict, "every row can be read").Value);
    }

    [Fact]
    public void Missing_values_break_no_rule_but_required()
    {
        var verdict = Validate(s_spec with { Checks = [] }, ("1.csv", "id,kind,code,share\n1,,,\n2,,,\n"));
        Assert.Equal(0, verdict.Quarantined);
        Assert.False(File.Exists(_folder["quarantine/rows.parquet"]));
    }

    [Theory]
    [InlineData("id,kind,code,share\n1,a,ABC,\n", "rows in [2, 10]")]
    [InlineData("id,kind,code,share\n1,a,ABC,\n2,a,,\n3,a,,\n", "missing code <= 0.4")]
    [InlineData("id,kind,code,share\n1,a,ABC,\n2,a,ABC,\n0,a,ABC,\n0,a,ABC,\n0,a,ABC,\n0,a,ABC,\n", "quarantined <= 0.6")]
    public void A_dataset_that_fails_a_check_does_not_pass(string content, string check)
    {
        var verdict = Validate(s_spec, ("1.csv", content));
        Assert.False(verdict.Passed);
        Assert.Equal(check, Assert.Single(verdict.Checks, c => !c.Passed).Check);
        Assert.StartsWith(check, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_distinct_values_among_kept_rows_fail()
    {
        var spec = new DataSpec { Columns = [new() { Name = "k", Type = ColumnType.String, MaxDistinct = 2 }, new() { Name = "n", Type = ColumnType.Int, Max = 5 }] };
        Assert.True(Validate(spec, ("1.csv", "k,n\na,1\nb,2\nc,9\n")).Passed);
        var verdict = Validate(spec, ("1.csv", "k,n\na,1\nb,2\nc,3\n"));
        Assert.Equal(3, Assert.Single(verdict.Checks, c => !c.Passed).Value);
    }

    [Fact]
    public void Under_the_policy_fail_one_broken_row_fails_the_dataset()
    {
        var verdict = Validate(s_spec with { InvalidRows = InvalidRowPolicy.Fail, Checks = [] }, ("1.csv", "id,kind,code,share\n1,a,ABC,\n0,a,ABC,\n"));
        Assert.Equal("id in [1, 100]", Assert.Single(verdict.Checks, c => !c.Passed).Check);
    }

    [Fact]
    public void A_dataset_without_a_kept_row_fails() =>
        Assert.Contains(Validate(s_spec with { Checks = [] }, ("1.csv", "id,kind,code,share\n0,a,ABC,\n")).Checks, c => c is { Check: "rows >= 1", Passed: false });

    [Fact]
    public void Large_whole_numbers_compare_exactly()
    {
        var spec = new DataSpec { Columns = [new() { Name = "id", Type = ColumnType.Int, Max = 9007199254740991 }, new() { Name = "x", Type = ColumnType.Int }] };
        Assert.Equal(1, Validate(spec, ("1.csv", "id,x\n9007199254740991,1\n9007199254740992,1\n")).Quarantined);
    }

    [Fact]
    public void The_predicate_keeps_exactly_the_rows_that_validation_keeps()
    {
        var verdict = Validate(s_spec, ("1.csv", "id,kind,code,share\n1,a,ABC,0.5\n0,c,ABCD,0.1\n,it's b,,\n5,,,\n"));
        using var connection = DuckDbConnection.Open();
        var kept = connection.Rows($"SELECT count(*) FROM read_parquet({Sql.Text(_folder["out/data.parquet"])}) WHERE {RowRules.Predicate(s_spec)}", default)[0].Long(0);
        Assert.Equal(verdict.Kept, kept);
    }
}
