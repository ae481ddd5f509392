using System.CommandLine;
using System.CommandLine.Parsing;
using MlOps.Cli;
using MlOps.Cli.Commands;
using MlOps.Cli.Output;
using MlOps.Storage.Azure;
using MlOps.Storage.Migration;

var root = new RootCommand("MlOps Functions: takes a model from raw data to production and keeps it healthy there.")
{
    RunCommand.Create(),
    ResumeCommand.Create(),
    CancelCommand.Create(),
    RetrainCommand.Create(),
    ReplayCommand.Create(),
    UpCommand.Create(),
    ServeCommand.Create(),
    RunsCommand.Create(),
    ModelsCommand.Create(),
    DatasetsCommand.Create(),
    AuditCommand.Create(),
    EndpointsCommand.Create(),
    ReleasesCommand.Create(),
    PredictCommand.Create(),
    PredictionsCommand.Create(),
    ScoreCommand.Create(),
    ScoringCommand.Create(),
    LabelsCommand.Create(),
    MonitorsCommand.Create(),
    AlertsCommand.Create(),
    DecisionCommands.CreateApprove(),
    DecisionCommands.CreateReject(),
    ApprovalsCommand.Create(),
    NotificationsCommand.Create(),
    ExportCommand.Create(),
    ImportCommand.Create(),
    ValidateCommand.Create(),
    VersionCommand.Create(),
    DevelopmentCommands.CreateTest(),
    DevelopmentCommands.CreateBench(),
    CompletionCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    foreach (var error in parsed.Errors) Terminal.WriteError(error.Message);
    foreach (var word in parsed.UnmatchedTokens)
    {
        if (Suggestion.For(word, parsed.CommandResult.Command) is { } meant) Terminal.WriteError($"did you mean '{meant}'?");
    }

    var path = new List<string>();
    for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: var asked }; at = at.Parent) path.Insert(0, asked == root ? "mlops" : asked.Name);
    Terminal.WriteError($"'{string.Join(' ', path)} --help' shows what is possible.");
    return ExitCodes.BadInput;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (CommandException error)
{
    Terminal.WriteError(error.Message);
    return error.ExitCode;
}
catch (BundleException error)
{
    Terminal.WriteError(error.Message);
    return ExitCodes.BadInput;
}
catch (StorageSettingsException error)
{
    foreach (var problem in error.Problems) Terminal.WriteError(problem);
    return ExitCodes.BadInput;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException or HttpRequestException)
{
    Terminal.WriteError(error.Message);
    return ExitCodes.JobFailed;
}
catch (OperationCanceledException)
{
    Terminal.WriteError("stopped; 'mlops resume' goes on where it was.");
    return ExitCodes.JobFailed;
}
catch (Exception error)
{
    Terminal.WriteError($"{error.GetType().Name}: {error.Message}");
    if (Environment.GetEnvironmentVariable("MLOPS_TRACE") is { Length: > 0 }) Terminal.WriteError(error.ToString());
    else Terminal.WriteError("this should not happen; MLOPS_TRACE=1 shows where it came from.");
    return ExitCodes.JobFailed;
}
