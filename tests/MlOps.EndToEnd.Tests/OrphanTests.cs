namespace MlOps.EndToEnd.Tests;

/// <summary>A trainer never outlives the process that started it: it would work for nobody, and beside its successor.</summary>
public sealed class OrphanTests
{
    [Fact]
    public async Task When_the_command_is_killed_its_trainer_ends_too()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var workflows = new Workflows();
        workflows.Write("shop", Workflows.Shop("shop").Replace("rounds: 5", "rounds: 5000", StringComparison.Ordinal));
        var visits = Path.Combine(workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(visits, Workflows.Visits(100_000));
        using var installation = new Installation(workflows.Root);
        using var command = installation.Start("run", "shop", "--data", visits, "--json");
        await Eventually.HoldsAsync(() => TrainersOf(installation).Count > 0 || command.HasEnded);
        var trainer = Assert.Single(TrainersOf(installation));

        command.Kill();
        await Eventually.HoldsAsync(() => !TrainersOf(installation).Contains(trainer), () => CommandLineOf(trainer));
    }

    /// <summary>Trainers that work below an installation's home.</summary>
    private static List<string> TrainersOf(Installation installation) =>
        [.. Directory.EnumerateDirectories("/proc").Where(p => CommandLineOf(p) is var line
            && line.Contains("mlops-trainer.dll", StringComparison.Ordinal) && line.Contains(installation.Home, StringComparison.Ordinal))];

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is no process, or has just ended.
            return "";
        }
    }
}
