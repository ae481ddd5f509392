using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Pipelines.Training;

/// <summary>How far a trainer is: share of its rounds in [0, 1], and the search's metric so far.</summary>
internal sealed record TrainerProgress(double Share, double? Value)
{
    /// <summary>Reads a line of progress; <see langword="null"/> for anything else that a trainer prints.</summary>
    public static TrainerProgress? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            var round = JsonSerializer.Deserialize<RoundLine>(line, MlOpsJson.Compact);
            return round is { Event: "round", Rounds: > 0 } ? new((double)round.Round / round.Rounds, round.Value) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record RoundLine(string? Event, int Round, int Rounds, double? Value);
}
