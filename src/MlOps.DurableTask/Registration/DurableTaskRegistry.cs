using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace MlOps.DurableTask;

/// <summary>
/// Which orchestrators and activities exist, by name. Names are compared exactly; a class goes by its own name unless
/// <see cref="DurableTaskAttribute"/> gives another. Classes are built by the application's service provider, once a use.
/// </summary>
public sealed class DurableTaskRegistry
{
    private readonly Dictionary<(string Name, string Version), Func<IServiceProvider, ITaskOrchestrator>> _orchestrators = [];
    private readonly Dictionary<string, Func<IServiceProvider, ITaskActivity>> _activities = new(StringComparer.Ordinal);

    /// <summary>Names of all orchestrators, each once.</summary>
    public IEnumerable<string> OrchestratorNames => _orchestrators.Keys.Select(key => key.Name).Distinct(StringComparer.Ordinal);

    /// <summary>Names of all activities.</summary>
    public IEnumerable<string> ActivityNames => _activities.Keys;

    /// <summary>Adds an orchestrator class.</summary>
    /// <exception cref="ArgumentException">The name (and version) is taken.</exception>
    public DurableTaskRegistry AddOrchestrator<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, ITaskOrchestrator
    {
        var (name, version) = NameOf(typeof(T));
        var create = ActivatorUtilities.CreateFactory<T>([]);
        return AddOrchestrator(name, version, services => create(services, null));
    }

    /// <summary>Adds an orchestrator as a function.</summary>
    /// <param name="name">What clients call it.</param>
    /// <param name="orchestrator">The workflow.</param>
    /// <param name="version">The version it serves. Default: every version without a registration of its own.</param>
    /// <exception cref="ArgumentException">The name (and version) is taken.</exception>
    public DurableTaskRegistry AddOrchestratorFunc<TInput, TOutput>(
        string name, Func<TaskOrchestrationContext, TInput, Task<TOutput>> orchestrator, string version = "")
    {
        var task = new OrchestratorFunction<TInput, TOutput>(orchestrator);
        return AddOrchestrator(name, version, _ => task);
    }

    /// <summary>Adds an orchestrator without result as a function.</summary>
    /// <inheritdoc cref="AddOrchestratorFunc{TInput, TOutput}"/>
    public DurableTaskRegistry AddOrchestratorFunc<TInput>(
        string name, Func<TaskOrchestrationContext, TInput, Task> orchestrator, string version = "") =>
        AddOrchestratorFunc<TInput, object?>(name, async (context, input) =>
        {
            await orchestrator(context, input);
            return null;
        }, version);

    /// <summary>Adds an activity class.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public DurableTaskRegistry AddActivity<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, ITaskActivity
    {
        var create = ActivatorUtilities.CreateFactory<T>([]);
        return AddActivity(NameOf(typeof(T)).Name, services => create(services, null));
    }

    /// <summary>Adds an activity as a function.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public DurableTaskRegistry AddActivityFunc<TInput, TOutput>(string name, Func<TaskActivityContext, TInput, Task<TOutput>> activity)
    {
        var task = new ActivityFunction<TInput, TOutput>(activity);
        return AddActivity(name, _ => task);
    }

    /// <summary>Adds an activity without result as a function.</summary>
    /// <inheritdoc cref="AddActivityFunc{TInput, TOutput}"/>
    public DurableTaskRegistry AddActivityFunc<TInput>(string name, Func<TaskActivityContext, TInput, Task> activity) =>
        AddActivityFunc<TInput, object?>(name, async (context, input) =>
        {
            await activity(context, input);
            return null;
        });

    /// <summary>Whether an orchestrator serves this name in this version.</summary>
    public bool HasOrchestrator(string name, string version) =>
        _orchestrators.ContainsKey((name, version)) || _orchestrators.ContainsKey((name, ""));

    /// <summary>Whether an activity serves this name.</summary>
    public bool HasActivity(string name) => _activities.ContainsKey(name);

    internal ITaskOrchestrator? CreateOrchestrator(string name, string version, IServiceProvider services) =>
        _orchestrators.TryGetValue((name, version), out var create) || _orchestrators.TryGetValue((name, ""), out create)
            ? create(services)
            : null;

    internal ITaskActivity? CreateActivity(string name, IServiceProvider services) =>
        _activities.TryGetValue(name, out var create) ? create(services) : null;

    private DurableTaskRegistry AddOrchestrator(string name, string version, Func<IServiceProvider, ITaskOrchestrator> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _orchestrators.TryAdd((name, version), create)
            ? this
            : throw new ArgumentException($"Orchestrator '{name}'{(version.Length == 0 ? "" : $" version '{version}'")} is registered twice. Rename one of them with [DurableTask(\"…\")].", nameof(name));
    }

    private DurableTaskRegistry AddActivity(string name, Func<IServiceProvider, ITaskActivity> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _activities.TryAdd(name, create)
            ? this
            : throw new ArgumentException($"Activity '{name}' is registered twice. Rename one of them with [DurableTask(\"…\")].", nameof(name));
    }

    private static (string Name, string Version) NameOf(Type type) =>
        type.GetCustomAttribute<DurableTaskAttribute>() is { } attribute ? (attribute.Name, attribute.Version ?? "") : (type.Name, "");
}
