using System.Diagnostics;
using MlOps.Pipelines.Native;

namespace MlOps.Pipelines.Tests.Native;

public sealed class FileLeaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_in_use_while_somebody_writes_and_complete_once_it_is_closed()
    {
        using (var writer = File.Create(_folder["x"]))
        {
            writer.WriteByte(1);
            writer.Flush();
            Assert.Equal(OperatingSystem.IsLinux() ? FileState.InUse : FileState.Complete, FileLease.Look(_folder["x"]));
        }

        // A process that another test starts just now has the file, too, until it begins with its own program.
        await Eventually.HoldsAsync(() => FileLease.Look(_folder["x"]) is FileState.Complete);
    }

    [Fact]
    public async Task A_reader_does_not_count()
    {
        File.WriteAllText(_folder["x"], "x");
        using var reader = File.OpenRead(_folder["x"]);
        await Eventually.HoldsAsync(() => FileLease.Look(_folder["x"]) is FileState.Complete);
    }

    [Fact]
    public void A_link_is_unusable_wherever_it_leads()
    {
        File.WriteAllText(_folder["x"], "x");
        File.CreateSymbolicLink(_folder["link"], _folder["x"]);
        File.CreateSymbolicLink(_folder["dangling"], _folder["nowhere"]);
        Assert.Equal(FileState.Unusable, FileLease.Look(_folder["link"]));
        Assert.Equal(FileState.Unusable, FileLease.Look(_folder["dangling"]));
    }

    [Fact]
    public async Task A_pipe_is_unusable_and_keeps_nobody_waiting()
    {
        if (!OperatingSystem.IsLinux()) return;
        using (var make = Process.Start("mkfifo", [_folder["pipe"]])) await make.WaitForExitAsync();
        Assert.Equal(FileState.Unusable, await Task.Run(() => FileLease.Look(_folder["pipe"])).WaitAsync(TestHub.Patience));
    }
}
