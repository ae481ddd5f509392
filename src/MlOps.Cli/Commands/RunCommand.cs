using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Core.Runs;
using MlOps.Functions.Api;
using MlOps.Storage.Pipelines;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops run</c>: one run of a pipeline, from data to an endpoint that answers.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var pipeline = CommandLine.PipelineArgument();
        var data = new Option<FileSystemInfo[]>("--data") { Description = "Files and folders to drop into the incoming folder first; they become one run.", AllowMultipleArgumentsPerToken = true };
        var autoApprove = new Option<bool>("--auto-approve") { Description = "Approve the candidate beforehand, if it passes its gates. The audit log says so." };
        var json = CommandLine.JsonOption();
        var command = new Command("run", CommandLine.WithExamples(
            "Run a pipeline: ingest, validate, features, search, evaluate, gates, register, approve, release, verify.",
            "mlops run flight-delay                       # first use: on its example data",
            "mlops run flight-delay --auto-approve --json",
            "mlops run flight-delay --data march.parquet",
            "mlops run weather --data photos/              # a folder, as a whole"))
        {
            pipeline, data, autoApprove, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(pipeline), parsed.GetValue(data) ?? [], parsed.GetValue(autoApprove), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string pipeline, FileSystemInfo[] data, bool autoApprove, bool json, CancellationToken cancellationToken)
    {
        if (data.FirstOrDefault(f => !f.Exists) is { } missing) throw CommandException.BadInput($"There is no file or folder {missing.FullName}.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var follower = new RunFollower(plane, json);
        var run = await ActiveRunAsync(plane, pipeline, data, cancellationToken)
            ?? await follower.WaitForRunAsync(pipeline, await StartAsync(plane, pipeline, data, autoApprove, cancellationToken), cancellationToken);
        return await follower.FollowToEndAsync(run, cancellationToken);
    }

    /// <summary>A run that a crash interrupted is gone on with, rather than another started beside it.</summary>
    private static async Task<string?> ActiveRunAsync(ControlPlane plane, string pipeline, FileSystemInfo[] data, CancellationToken cancellationToken)
    {
        if (data.Length > 0) return null;
        var runs = await plane.GetAsync<Page<RunRecord>>($"api/runs?pipeline={Uri.EscapeDataString(pipeline)}", cancellationToken);
        return runs.Items.FirstOrDefault(r => r.Status is RunStatus.Queued or RunStatus.Running)?.RunId;
    }

    private static async Task<StartedRun> StartAsync(ControlPlane plane, string pipeline, FileSystemInfo[] data, bool autoApprove, CancellationToken cancellationToken)
    {
        var path = $"api/pipelines/{Uri.EscapeDataString(pipeline)}";
        if (data.Length is 0)
            return await plane.PostAsync<StartedRun>($"{path}/runs", new StartRunRequest(autoApprove, "Started with 'mlops run'."), cancellationToken);

        var storage = await plane.StorageAsync(cancellationToken);
        if (!storage.IsLocal && data.OfType<DirectoryInfo>().FirstOrDefault() is { } folder)
            throw CommandException.BadInput($"{folder.FullName} is a folder, and the host's files are not on this machine. Copy it below the pipeline's incoming folder in the storage account.");

        var names = data.Select(f => f is DirectoryInfo ? $"{f.Name}/" : f.Name).ToList();
        var announcement = await plane.PostAsync<Announcement>(
            $"{path}/announcements", new AnnounceRequest(names, autoApprove, "Started with 'mlops run --data'."), cancellationToken);
        foreach (var (entry, target) in data.Zip(announcement.Files))
        {
            if (storage.IsLocal) Drop(entry, Path.TrimEndingDirectorySeparator(storage.PlaceOf(target)));
            else await plane.PutFileAsync<ReceivedFile>($"{path}/incoming/{Uri.EscapeDataString(entry.Name)}", (FileInfo)entry, cancellationToken);
        }

        return new StartedRun(null, announcement.Id);
    }

    /// <summary>Copies beside the target, then renames: the watcher never sees half a file or folder.</summary>
    private static void Drop(FileSystemInfo entry, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var unfinished = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.part");
        try
        {
            if (entry is DirectoryInfo folder)
            {
                CopyFolder(folder, unfinished);
                RemoveEmptyFolders(target);
                Directory.Move(unfinished, target);
            }
            else
            {
                ((FileInfo)entry).CopyTo(unfinished, overwrite: true);
                File.Move(unfinished, target, overwrite: false);
            }
        }
        finally
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            else File.Delete(unfinished);
        }
    }

    private static void CopyFolder(DirectoryInfo folder, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            var copy = Path.Combine(target, entry.Name);
            // What a link leads to is copied for a file; a folder could lead round in a circle.
            if (entry is DirectoryInfo { LinkTarget: null } inner) CopyFolder(inner, copy);
            else if (entry is FileInfo file) file.CopyTo(copy, overwrite: true);
        }
    }

    /// <summary>What the last folder of this name has left behind: a run takes the files.</summary>
    private static void RemoveEmptyFolders(string path)
    {
        if (Directory.Exists(path) && !Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any()) Directory.Delete(path, recursive: true);
    }
}
