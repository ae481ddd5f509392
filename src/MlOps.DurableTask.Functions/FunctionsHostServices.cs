using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MlOps.DurableTask.Functions.Client;
using MlOps.DurableTask.Functions.Grpc;
using MlOps.DurableTask.Functions.Invocations;

namespace MlOps.DurableTask.Functions;

/// <summary>Makes an application a custom handler of the Azure Functions host.</summary>
public static class FunctionsHostServices
{
    /// <summary>Largest invocation: an orchestration's history travels with each of its turns.</summary>
    private const int MaxInvocationBytes = 256 * 1024 * 1024;

    /// <summary>Adds what serves the host: the functions of the registry and of every <see cref="ITriggerFunctions"/>, and the extension's client.</summary>
    /// <param name="services">The application's services; orchestrators and activities are added with <see cref="DurableTaskServices.AddDurableTask"/>.</param>
    /// <param name="rpcAddress">Where the Durable Task extension listens until it has told; <see langword="null"/>: its default.</param>
    public static IServiceCollection AddFunctionsHost(this IServiceCollection services, Uri? rpcAddress = null)
    {
        services.AddDurableTask(_ => { });
        services.TryAddSingleton(_ => new ExtensionAddress(rpcAddress));
        return services
            .AddSingleton<GrpcClient>()
            .AddSingleton<DurableTaskClient, ExtensionClient>()
            .AddSingleton<OrchestratorInvocations>()
            .AddSingleton<ActivityInvocations>()
            .AddSingleton<InvocationEndpoint>()
            .AddSingleton<FunctionTable>(p => new(
                p.GetRequiredService<DurableTaskRegistry>(), p.GetRequiredService<OrchestratorInvocations>(), p.GetRequiredService<ActivityInvocations>(),
                p.GetServices<ITriggerFunctions>(), p.GetServices<IHttpFunctions>()));
    }

    /// <summary>
    /// Answers invocations at <c>POST /{function}</c>. The host sends them to this machine's own address; requests from outside reach the
    /// application only on the routes of its <see cref="IHttpFunctions"/>, so none of these may begin with a parameter.
    /// </summary>
    public static void MapFunctionsHost(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/{function}", (string function, HttpContext http, InvocationEndpoint endpoint) =>
                endpoint.AnswerAsync(function, http, http.RequestAborted))
            .WithMetadata(new RequestSizeLimitAttribute(MaxInvocationBytes))
            .AllowAnonymous()
            .ExcludeFromDescription();
}
