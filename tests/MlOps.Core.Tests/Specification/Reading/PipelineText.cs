namespace MlOps.Core.Tests.Specification.Reading;

/// <summary>Pipeline files for tests: a small valid one, changed line by line.</summary>
internal static class PipelineText
{
    public const string Small =
        """
        name: flights
        data:
          columns:
            date: { type: timestamp }
            delay: { type: int, min: -120, max: 1440 }
            origin: { type: string }
          checks:
            - { check: rows, min: 1000 }
        features:
          label: { name: late, sql: delay >= 15, task: binary }
          inputs:
            hour: { sql: hour(date) }
            origin: { encode: target }
          split: { by: time, test: 0.2 }
        training:
          search: { trials: 12, maximize: auc }
          trainers:
            - { trainer: xgboost, max_depth: 4..8, rounds: 200 }
        gates:
          - auc >= 0.65
        """;

    /// <summary>The small file with one part replaced; the part must be in it.</summary>
    public static string With(string part, string replacement)
    {
        Assert.Contains(part, Small, StringComparison.Ordinal);
        return Small.Replace(part, replacement, StringComparison.Ordinal);
    }

    /// <summary>The small file with lines added at its end.</summary>
    public static string And(string lines) => $"{Small}\n{lines}";
}
