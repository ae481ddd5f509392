using System.Diagnostics;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Data.Native;
using MlOps.Inference;

namespace MlOps.Trainer.Tests;

/// <summary>The program as the control plane starts it: files in, files out, exit codes.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_parquet_becomes_a_model()
    {
        WriteData();
        WriteSpec(Spec());
        var (exitCode, output, errors) = Start("--spec", _folder["spec.json"], "--out", _folder["out"]);

        Assert.True(exitCode == 0, errors);
        Assert.All(output, line => Assert.NotNull(JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()));
        var signature = JsonSerializer.Deserialize<ModelSignature>(File.ReadAllText(_folder["out/signature.json"]), MlOpsJson.Compact)!;
        var metrics = JsonSerializer.Deserialize<TrialMetrics>(File.ReadAllText(_folder["out/metrics.json"]), MlOpsJson.Compact)!;
        Assert.Equal((900, 300), (metrics.TrainRows, metrics.ValidationRows));
        Assert.True(metrics.Validation["auc"] > 0.95, $"The label follows the number, yet the AUC is {metrics.Validation["auc"]}.");
        // The town was useless out of fold, so what the encoder says of it in full cannot matter.
        Assert.Equal(0, metrics.Importance["town"]);
        using var model = OnnxModel.Load(_folder["out/model.onnx"], signature);
        var scores = model.Score(new FeatureBatch(2, [new NumberColumn("number", new float[] { 5, 95 }), new CategoryColumn("town", new[] { "A", "?" })]));
        Assert.True(scores[0] < 0.2 && scores[1] > 0.8, $"{scores[0]} {scores[1]}");
    }

    /// <summary>What the image is made of is run as it would be there: from one folder, with no .NET and no XGBoost of the machine's.</summary>
    [Fact]
    public void The_contents_of_the_image_train_with_what_is_in_their_folder()
    {
        if (!OperatingSystem.IsLinux()) return;
        var root = RootOfRepository();
        Run("bash", ["-c", $"exec '{root}/eng/images.sh' trainer"], null).Expect(0);
        WriteData();
        WriteSpec(Spec());
        var image = Path.Combine(root, "artifacts/images/trainer");
        Run(
            Path.Combine(image, "mlops-trainer"),
            ["--spec", _folder["spec.json"], "--out", _folder["out"], "--progress", _folder["out/progress.json"]],
            new() { ["LD_LIBRARY_PATH"] = image, ["XGBOOST_LIBRARY"] = Path.Combine(image, "libxgboost.so.0"), ["PATH"] = "/nowhere" }).Expect(0);
        Assert.True(File.Exists(_folder["out/metrics.json"]));
        Assert.Equal("round", JsonDocument.Parse(File.ReadAllText(_folder["out/progress.json"])).RootElement.GetProperty("event").GetString());
    }

    [Fact]
    public void A_missing_argument_is_exit_code_2() => AssertRefused("--out", Start("--spec", "spec.json"));

    [Fact]
    public void A_broken_specification_is_named_with_its_line()
    {
        File.WriteAllText(_folder["spec.json"], "{\n  \"runId\": 7\n}");
        AssertRefused("spec.json:2:", Train());
    }

    [Fact]
    public void A_missing_field_is_named()
    {
        File.WriteAllText(_folder["spec.json"], "{}");
        AssertRefused("'trainer'", Train());
    }

    [Fact]
    public void A_missing_data_file_is_named()
    {
        WriteSpec(Spec());
        AssertRefused("train.parquet: there is no such file", Train());
    }

    [Fact]
    public void A_truncated_data_file_is_named()
    {
        WriteData();
        File.WriteAllBytes(_folder["train.parquet"], File.ReadAllBytes(_folder["train.parquet"])[..200]);
        WriteSpec(Spec());
        AssertRefused("train.parquet", Train());
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        WriteData();
        WriteSpec(Spec() with { Features = [new("weight", "weight", FeatureKind.Number)], Encoders = [] });
        AssertRefused("weight", Train());
    }

    [Fact]
    public void A_column_of_another_type_is_named()
    {
        WriteData();
        WriteSpec(Spec() with { Features = [new("town", "town", FeatureKind.Number)], Encoders = [] });
        AssertRefused("column 'town' is text, where feature 'town' needs a number", Train());
    }

    [Fact]
    public void A_reserved_name_is_refused()
    {
        WriteSpec(Spec() with { Features = [new("prediction", "x", FeatureKind.Number)], Encoders = [] });
        AssertRefused("feature 'prediction' occurs twice or has a reserved name", Train());
    }

    [Fact]
    public void A_missing_library_says_what_to_install()
    {
        WriteData();
        WriteSpec(Spec());
        var start = StartInfo("--spec", _folder["spec.json"], "--out", _folder["out"]);
        start.Environment["XGBOOST_LIBRARY"] = _folder["libxgboost.so"];
        var (exitCode, _, errors) = Run(start);
        Assert.Equal(1, exitCode);
        Assert.Contains("XGBOOST_LIBRARY names '", errors);
    }

    private (int ExitCode, string[] Output, string Errors) Train() => Start("--spec", _folder["spec.json"], "--out", _folder["out"]);

    private void AssertRefused(string message, (int ExitCode, string[] Output, string Errors) result)
    {
        Assert.Contains(message, result.Errors);
        Assert.Equal(2, result.ExitCode);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private static TrialSpec Spec() => new()
    {
        RunId = "run-1",
        Trial = 1,
        Trainer = "xgboost",
        Parameters = new Dictionary<string, string> { ["rounds"] = "10" },
        Features = [new("number", "number", FeatureKind.Number), new("town", "town", FeatureKind.Category)],
        Encoders =
        [
            new() { Feature = "town", Method = EncodingMethod.Target, Categories = ["", "A", "B"], Values = [0.1f, 0.9f, 0.5f], Default = 0.4f, TrainColumn = "town__oof" },
        ],
        Label = new("late", "late", LearningTask.Binary, ["false", "true"]),
        Metric = "auc",
        Maximize = true,
    };

    private void WriteSpec(TrialSpec spec) => File.WriteAllText(_folder["spec.json"], JsonSerializer.Serialize(spec, MlOpsJson.Indented));

    private void WriteData()
    {
        using var connection = DuckDbConnection.Open();
        foreach (var (file, rows) in ((string, int)[])[("train", 900), ("validation", 300)])
        {
            connection.Execute(
                $"""
                COPY (
                    SELECT CASE WHEN i % 10 = 0 THEN NULL ELSE i * 7 % 100 END::FLOAT AS number, ['A', 'B', NULL][i % 3 + 1] AS town, 0.5::FLOAT AS town__oof,
                           (coalesce(i * 7 % 100, 0) >= 50)::FLOAT AS __label
                    FROM range({rows}) t(i)
                ) TO '{_folder[file + ".parquet"]}' (FORMAT parquet)
                """,
                CancellationToken.None);
        }
    }

    private static (int ExitCode, string[] Output, string Errors) Start(params string[] arguments) => Run(StartInfo(arguments));

    private static ProcessStartInfo StartInfo(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mlops-trainer.dll"), .. arguments]) start.ArgumentList.Add(argument);
        return start;
    }

    private static (int ExitCode, string[] Output, string Errors) Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), errors.GetAwaiter().GetResult());
    }

    private static string RootOfRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "MlOps.Functions.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    /// <summary>Runs a program; with an environment it has that alone.</summary>
    private static Ended Run(string program, IReadOnlyList<string> arguments, Dictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment) start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output + errors.Result);
    }

    private sealed record Ended(int ExitCode, string Text)
    {
        public void Expect(int exitCode) => Assert.True(ExitCode == exitCode, Text);
    }
}
