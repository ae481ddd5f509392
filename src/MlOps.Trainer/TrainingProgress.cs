using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Trainer;

/// <summary>Progress as the control plane reads it: one JSON object a line on standard output, flushed line by line.</summary>
/// <param name="output">Standard output.</param>
/// <param name="file">Where the newest round is kept for readers that do not see standard output; <see langword="null"/>: nowhere.</param>
/// <param name="metrics">Where rounds are told as metrics; <see langword="null"/>: nowhere.</param>
internal sealed class TrainingProgress(TextWriter output, ProgressFile? file = null, MlflowMetrics? metrics = null)
{
    /// <summary>The examples are in memory.</summary>
    public void Loaded(int trainRows, int validationRows, int columns) =>
        Write(new { Event = "loaded", TrainRows = trainRows, ValidationRows = validationRows, Columns = columns });

    /// <summary>A round is trained and measured on the validation part.</summary>
    public void Round(int round, int rounds, string metric, double value)
    {
        var line = new { Event = "round", Round = round, Rounds = rounds, Metric = metric, Value = value };
        Write(line);
        file?.Write(line, last: round == rounds);
        metrics?.Log(metric, value, round);
    }

    /// <summary>No round within the patience was better than this one.</summary>
    public void Stopped(int round, int bestRound, double value) =>
        Write(new { Event = "stopped", Round = round, BestRound = bestRound, Value = value });

    /// <summary>The ONNX model answers what the trained model answers.</summary>
    public void Exported(long bytes, int comparedRows, double maxDifference) =>
        Write(new { Event = "exported", Bytes = bytes, ComparedRows = comparedRows, MaxDifference = maxDifference });

    /// <summary>The marker is written.</summary>
    public void Done(string metric, double value, double trainSeconds)
    {
        Write(new { Event = "done", Metric = metric, Value = value, TrainSeconds = trainSeconds });
        metrics?.Complete(metric, value);
    }

    private void Write<T>(T line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, MlOpsJson.Compact));
        output.Flush();
    }
}
