using System.Diagnostics;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Local;

public sealed class SecretFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_many_threads_that_make_it_at_once_all_read_the_same_and_nothing_else_is_left()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = _folder[$"{round}/links.key"];
            var found = new string[8];
            using var start = new Barrier(found.Length);
            var threads = Enumerable.Range(0, found.Length).Select(n => new Thread(() =>
            {
                start.SignalAndWait();
                found[n] = Convert.ToHexString(SecretFile.ReadOrMake(path, () => [(byte)n, 1, 2]));
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            Assert.Single(found.Distinct());
            Assert.Equal(["links.key"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(f => Path.GetFileName(f)));
        }
    }

    [Fact]
    public async Task Of_processes_that_make_it_at_once_one_wins()
    {
        var path = _folder["links.key"];
        var processes = Enumerable.Range(0, 4).Select(_ => Start(path)).ToList();
        foreach (var process in processes) Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        foreach (var process in processes) await process.StandardInput.WriteLineAsync();
        var found = new List<string?>();
        foreach (var process in processes)
        {
            found.Add(await process.StandardOutput.ReadLineAsync());
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Assert.Equal(Convert.ToHexString(File.ReadAllBytes(path)), Assert.Single(found.Distinct()));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_file_that_others_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = _folder["links.key"];
        SecretFile.ReadOrMake(path, () => [1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<SecretFileException>(() => SecretFile.ReadOrMake(path, () => [1])).Message, StringComparison.Ordinal);
    }

    private static Process Start(string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        // The test host is 'dotnet' itself; the program is this assembly.
        foreach (var argument in new[] { "exec", typeof(KilledWriter).Assembly.Location, "secret", path }) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
