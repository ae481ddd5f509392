using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Scoring;

namespace MlOps.Data.Tests.Scoring;

public sealed class ScoredRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_of_the_input_make_room_for_the_answers()
    {
        var chunk = Chunk("SELECT 7::BIGINT AS __row, 'a' AS row_number, 'b' AS Prediction, 'c' AS input_prediction, 'd' AS model_version, 'e' AS probability");
        Assert.Equal(
            ["row_number,input_row_number,input_input_Prediction,input_prediction,input_model_version,input_probability,prediction,probability,model_version", "7,a,b,c,d,e,true,0.5,3"],
            Csv(chunk, LearningTask.Binary, ["false", "true"], [0.5f]));
    }

    [Fact]
    public void Numbers_are_written_as_the_predict_API_writes_them()
    {
        float[] scores = [3, 1e-7f, 0.1f, 16777216f, 1e20f, float.NaN, float.PositiveInfinity];
        var chunk = Chunk($"SELECT range + 1 AS __row FROM range({scores.Length})");
        Assert.Equal(
            ["1,3,5", "2,1E-07,5", "3,0.1,5", "4,16777216,5", "5,1E+20,5", "6,NaN,5", "7,Infinity,5"],
            Csv(chunk, LearningTask.Regression, [], scores, version: 5).Skip(1));
    }

    [Fact]
    public void Of_several_classes_the_likeliest_is_the_prediction_and_each_has_its_column()
    {
        var chunk = Chunk("SELECT range + 1 AS __row FROM range(2)");
        Assert.Equal(
            ["row_number,prediction,probability,probability_cat,probability_CAT_,probability_dog,model_version", "1,dog,0.5,0.25,0.25,0.5,3", "2,cat,0.5,0.5,0.5,0,3"],
            Csv(chunk, LearningTask.Multiclass, ["cat", "CAT", "dog"], [0.25f, 0.25f, 0.5f, 0.5f, 0.5f, 0]));
    }

    [Fact]
    public void Rows_whose_features_cannot_be_computed_are_found_and_set_apart()
    {
        var transform = new FeatureTransform
        {
            Columns = [new() { Name = "text", Type = ColumnType.String }],
            Features = [new("x", "CAST(text AS INTEGER)", FeatureKind.Number)],
            Label = new("y", "1", LearningTask.Regression, []),
        };
        var chunk = Chunk("SELECT range + 10 AS __row, CASE WHEN range IN (3, 4, 90) THEN 'word' ELSE '1' END AS text FROM range(100)");
        using var computer = new FeatureComputer(transform);
        var failures = computer.FindFailures(chunk, default);
        Assert.Equal([3, 4, 90], failures.Select(f => f.Place));

        ScoredRows.SetApart(chunk, [.. failures.Select(f => (f.Place, f.Error.Message))], _folder["kept"], _folder["refused"], default);
        Assert.Equal(97, computer.ComputeParquet(_folder["kept"], [], default).Sum(b => b.Features.Rows));
        Assert.Equal(3, ScoredRows.JoinRefused([_folder["refused"]], _folder["refused.csv"], ScoringFormat.Csv, default));
        var lines = File.ReadAllLines(_folder["refused.csv"]);
        Assert.Equal("row_number,line,column,value,reason", lines[0]);
        Assert.Contains("Could not convert string 'word'", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("13,", lines[1], StringComparison.Ordinal);
    }

    private string[] Csv(string chunk, LearningTask task, IReadOnlyList<string> classes, float[] scores, int version = 3)
    {
        var signature = new ModelSignature { Inputs = [], Task = task, Classes = classes };
        ScoredRows.Write(chunk, signature, version, scores, ScoringFormat.Csv, _folder["scored"], default);
        ScoredRows.Join([_folder["scored"]], _folder["csv"], ScoringFormat.Csv, default);
        return File.ReadAllLines(_folder["csv"]);
    }

    private string Chunk(string query)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder["chunk"])} (FORMAT parquet)", default);
        return _folder["chunk"];
    }
}
