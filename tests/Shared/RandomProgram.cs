using System.Globalization;

namespace MlOps.DurableTask.RandomPrograms;

/// <summary>A step of a random workflow.</summary>
/// <param name="Kind">call, fail, timer, sequence, parallel, sub, signal or repeat.</param>
/// <param name="Id">Tells it from every other step of its program.</param>
/// <param name="Steps">Its parts.</param>
public sealed record Step(string Kind, int Id, Step[] Steps)
{
    /// <summary>A program drawn from a seed; the same for the same seed.</summary>
    public static Step Random(int seed)
    {
        var random = new Random(seed);
        var ids = 0;
        return Draw(depth: 3);

        Step Draw(int depth)
        {
            var kind = depth == 0
                ? new[] { "call", "call", "fail", "timer" }[random.Next(4)]
                : new[] { "call", "fail", "timer", "sequence", "parallel", "parallel", "sub", "signal", "repeat" }[random.Next(9)];
            var parts = kind switch
            {
                "sequence" => random.Next(1, 4),
                "parallel" => random.Next(2, 6),
                "sub" or "repeat" => 1,
                _ => 0,
            };
            return new Step(kind, ids++, [.. Enumerable.Range(0, parts).Select(_ => Draw(depth - 1))]);
        }
    }

    /// <summary>What the program must give: the same without an engine.</summary>
    public string Expected() => Kind switch
    {
        "call" => Result(Id),
        "fail" => $"!{Id}",
        "timer" => "t",
        "signal" => $"e{Result(Id)}",
        "repeat" => string.Concat(Enumerable.Repeat($"<{Steps[0].Expected()}>", RepeatedProgram.Times)),
        _ => $"{Kind[0]}({string.Join(',', Steps.Select(step => step.Expected()))})",
    };

    /// <summary>Activities that the program runs successfully or not, each as often as it is called.</summary>
    public int Calls() => Kind switch
    {
        "call" or "fail" or "signal" => 1,
        "repeat" => RepeatedProgram.Times * Steps[0].Calls(),
        _ => Steps.Sum(step => step.Calls()),
    };

    internal static string Result(int id) => (id * 17).ToString(CultureInfo.InvariantCulture);
}

/// <summary>Runs a program on the engine.</summary>
[DurableTask("program")]
public sealed class RandomProgram : TaskOrchestrator<Step, string>
{
    public static DurableTaskRegistry Register(DurableTaskRegistry tasks, Func<Task> beforeWork) => tasks
        .AddOrchestrator<RandomProgram>().AddOrchestrator<SignallingProgram>().AddOrchestrator<RepeatedProgram>()
        .AddActivityFunc<Step, string>("work", async (_, step) =>
        {
            await beforeWork();
            return step.Kind == "fail" ? throw new InvalidOperationException(step.Id.ToString(CultureInfo.InvariantCulture)) : Step.Result(step.Id);
        });

    public override Task<string> RunAsync(TaskOrchestrationContext context, Step input) => RunStepAsync(context, input);

    internal static async Task<string> RunStepAsync(TaskOrchestrationContext context, Step step)
    {
        switch (step.Kind)
        {
            case "call":
                return await context.CallActivityAsync<string>("work", step with { Steps = [] });
            case "fail":
                try
                {
                    return await context.CallActivityAsync<string>("work", step);
                }
                catch (TaskFailedException failed)
                {
                    return $"!{failed.FailureDetails.ErrorMessage}";
                }
            case "timer":
                await context.CreateTimer(TimeSpan.FromMilliseconds(2), CancellationToken.None);
                return "t";
            case "sequence":
                var results = new List<string>();
                foreach (var part in step.Steps)
                    results.Add(await RunStepAsync(context, part));
                return $"s({string.Join(',', results)})";
            case "parallel":
                return $"p({string.Join(',', await Task.WhenAll(step.Steps.Select(part => RunStepAsync(context, part))))})";
            case "sub":
                return $"s({await context.CallSubOrchestratorAsync<string>("program", step.Steps[0])})";
            case "signal":
                var signalled = context.CallSubOrchestratorAsync("signals", step);
                var payload = await context.WaitForExternalEvent<string>($"signal-{step.Id}");
                await signalled;
                return $"e{payload}";
            case "repeat":
                return await context.CallSubOrchestratorAsync<string>("repeats", new Repetition(step.Steps[0], ""));
            default:
                throw new NotSupportedException(step.Kind);
        }
    }
}

/// <summary>Runs an activity and sends its result to the parent as an event.</summary>
[DurableTask("signals")]
public sealed class SignallingProgram : TaskOrchestrator<Step, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, Step input)
    {
        var result = await context.CallActivityAsync<string>("work", input);
        context.SendEvent(context.Parent!.InstanceId, $"SIGNAL-{input.Id}", result);
        return result;
    }
}

/// <summary>What one execution hands to the next.</summary>
public sealed record Repetition(Step Step, string SoFar);

/// <summary>Runs a program several times, each in an execution of its own.</summary>
[DurableTask("repeats")]
public sealed class RepeatedProgram : TaskOrchestrator<Repetition, string>
{
    public const int Times = 3;

    public override async Task<string> RunAsync(TaskOrchestrationContext context, Repetition input)
    {
        var soFar = $"{input.SoFar}<{await RandomProgram.RunStepAsync(context, input.Step)}>";
        if (soFar.Length < Times * (input.Step.Expected().Length + 2))
            context.ContinueAsNew(input with { SoFar = soFar });
        return soFar;
    }
}
