using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Examples;

/// <summary>Asks for a pipeline's example data.</summary>
/// <param name="Id">Id of the announcement that the files will come with.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="By">Who asks.</param>
/// <param name="AutoApprove">Whether the one who asks approves the candidate beforehand.</param>
internal sealed record ExampleOrder(string Id, string Pipeline, string By, bool AutoApprove);

/// <summary>Makes a pipeline's example files out of real data and drops the first of them, as its owner would.</summary>
internal sealed class DropExample : TaskOrchestrator<ExampleOrder, IReadOnlyList<string>>
{
    public override async Task<IReadOnlyList<string>> RunAsync(TaskOrchestrationContext context, ExampleOrder input)
    {
        var files = await context.CallActivityAsync<IReadOnlyList<string>>(nameof(MakeExampleFiles), input.Pipeline, StepRetry.Options);
        return await context.CallActivityAsync<IReadOnlyList<string>>(nameof(DropExampleFiles), new ExampleFiles(input, files), StepRetry.Options);
    }
}
