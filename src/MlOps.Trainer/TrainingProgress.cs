using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Trainer;

/// <summary>Progress as the control plane reads it: one JSON object a line on standard output, flushed line by line.</summary>
internal sealed class TrainingProgress(TextWriter output)
{
    /// <summary>The examples are in memory.</summary>
    public void Loaded(int trainRows, int validationRows, int columns) =>
        Write(new { Event = "loaded", TrainRows = trainRows, ValidationRows = validationRows, Columns = columns });

    /// <summary>A round is trained and measured on the validation part.</summary>
    public void Round(int round, int rounds, string metric, double value) =>
        Write(new { Event = "round", Round = round, Rounds = rounds, Metric = metric, Value = value });

    /// <summary>No round within the patience was better than this one.</summary>
    public void Stopped(int round, int bestRound, double value) =>
        Write(new { Event = "stopped", Round = round, BestRound = bestRound, Value = value });

    /// <summary>The ONNX model answers what the trained model answers.</summary>
    public void Exported(long bytes, int comparedRows, double maxDifference) =>
        Write(new { Event = "exported", Bytes = bytes, ComparedRows = comparedRows, MaxDifference = maxDifference });

    /// <summary>The marker is written.</summary>
    public void Done(string metric, double value, double trainSeconds) =>
        Write(new { Event = "done", Metric = metric, Value = value, TrainSeconds = trainSeconds });

    private void Write<T>(T line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, MlOpsJson.Compact));
        output.Flush();
    }
}
