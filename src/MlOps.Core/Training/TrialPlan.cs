using System.Globalization;
using MlOps.Core.Sampling;
using MlOps.Core.Specification;

namespace MlOps.Core.Training;

/// <summary>
/// The trials of a search, all drawn before the first one runs: the same specification gives the same trials on every machine,
/// and a longer search begins with the trials of a shorter one.
/// </summary>
public static class TrialPlan
{
    // A space with room left is not missed: even its last free point among 1,000 is found but for one time in 20,000.
    private const int MaxDraws = 10_000;

    /// <summary>
    /// Draws trials: trainers take turns, each draws its parameters independently (Bergstra and Bengio, 2012) and never the same
    /// point twice. A trainer whose points are all drawn is passed over; when that is true of all, the plan is shorter than asked for.
    /// </summary>
    /// <returns>At least one trial, numbered from 1.</returns>
    public static IReadOnlyList<PlannedTrial> Create(TrainingSpec training)
    {
        var trials = new List<PlannedTrial>();
        var open = training.Trainers.Select((trainer, index) => new Space(trainer, index, training.Search.Seed)).ToList();
        for (var turn = 0; trials.Count < training.Search.Trials && open.Count > 0;)
        {
            turn %= open.Count;
            if (open[turn].TryDraw() is { } parameters)
            {
                trials.Add(new(trials.Count + 1, open[turn].Trainer, parameters) { Command = open[turn].Command });
                turn++;
            }
            else
                open.RemoveAt(turn);
        }
        return trials;
    }

    private sealed class Space(TrainerSpec spec, int index, int seed)
    {
        private readonly HashSet<string> _drawn = new(StringComparer.Ordinal);
        private SplitMix64 _random = new(((ulong)(uint)seed << 32) | (uint)index);

        public string Trainer => spec.Trainer;

        public IReadOnlyList<string> Command => spec.Command;

        public SortedDictionary<string, string>? TryDraw()
        {
            // With one point there is nothing to draw again for.
            var draws = spec.Parameters.Values.All(r => PointsOf(r) == 1) ? 1 : MaxDraws;
            for (; draws > 0; draws--)
            {
                var point = new SortedDictionary<string, string>(StringComparer.Ordinal);
                foreach (var (name, range) in spec.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal)) point[name] = Draw(range);
                if (_drawn.Add(string.Join('\n', point.Select(p => $"{p.Key}={p.Value}")))) return point;
            }
            return null;
        }

        private string Draw(ParameterRange range) => range switch
        {
            FixedValue { Value: var value } => value,
            IntRange { Min: var min, Max: var max } =>
                (min + (long)_random.NextBelow((ulong)(max - min) + 1)).ToString(CultureInfo.InvariantCulture),
            DoubleRange { Log: true } r => Text(Math.Exp(Between(Math.Log(r.Min), Math.Log(r.Max))), r),
            DoubleRange r => Text(Between(r.Min, r.Max), r),
            Choice { Values: var values } => values[(int)_random.NextBelow((ulong)values.Count)],
            _ => throw new ArgumentOutOfRangeException(nameof(range), range, "Ranges are a closed set."),
        };

        private double Between(double min, double max) => min + _random.NextUnit() * (max - min);

        // Six digits are enough to tell trials apart, and people read them; rounding must not leave the range.
        private static string Text(double value, DoubleRange range)
        {
            var rounded = double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            return Math.Clamp(rounded, range.Min, range.Max).ToString("R", CultureInfo.InvariantCulture);
        }

        private static long PointsOf(ParameterRange range) => range switch
        {
            FixedValue => 1,
            IntRange r when r.Min == r.Max => 1,
            DoubleRange r when r.Min.Equals(r.Max) => 1,
            Choice c when c.Values.Distinct(StringComparer.Ordinal).Count() == 1 => 1,
            _ => long.MaxValue,
        };
    }
}

/// <summary>One trial of a search, before it runs.</summary>
/// <param name="Trial">Its number, from 1.</param>
/// <param name="Trainer">The trainer.</param>
/// <param name="Parameters">Parameter name to value, as text; numbers in invariant form.</param>
public sealed record PlannedTrial(int Trial, string Trainer, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Trainer <c>command</c>: the program and its first arguments. Otherwise empty.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
