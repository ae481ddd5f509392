
namespace MlOps.Trainer.Tests;

public sealed class ProgressFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-trainer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_file_holds_the_newest_round_of_every_few_seconds_and_always_the_last()
    {
        var time = new ManualTime(new DateTimeOffset(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
        var path = Path.Combine(_folder, "out", "progress.json");
        var file = new ProgressFile(path, time);
        file.Write(new { Round = 1 }, last: false);
        file.Write(new { Round = 2 }, last: false);
        Assert.Equal("""{"round":1}""", File.ReadAllText(path));
        time.Advance(TimeSpan.FromSeconds(5));
        file.Write(new { Round = 3 }, last: false);
        Assert.Equal("""{"round":3}""", File.ReadAllText(path));
        file.Write(new { Round = 4 }, last: true);
        Assert.Equal("""{"round":4}""", File.ReadAllText(path));
    }
}
