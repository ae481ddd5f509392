using MlOps.Pipelines.Native;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Local;

namespace MlOps.Pipelines.Tests.Triggers;

public sealed class IncomingBlobsTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Files_and_folders_are_listed_as_in_a_folder_of_this_machine()
    {
        foreach (var name in (string[])["a.csv", "b.part", "batch/_SUCCESS", "batch/day=1/x.csv", "batch/y.csv", "marks/_SUCCESS", "spark/_temporary/0/z", "spark/x.csv", "z.csv"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_home["incoming/flights/" + name])!);
            await File.WriteAllTextAsync(_home["incoming/flights/" + name], "x");
        }
        var files = await new IncomingBlobs(new LocalBlobStore(_home.Path, new(), TimeProvider.System)).ListAsync("incoming/flights/", default);
        Assert.Equal(
            [
                ("incoming/flights/a.csv", FileState.Complete), ("incoming/flights/batch/", FileState.Complete),
                ("incoming/flights/spark/", FileState.InUse), ("incoming/flights/z.csv", FileState.Complete),
            ],
            files.Select(f => (f.Name, f.State)));
    }
}
