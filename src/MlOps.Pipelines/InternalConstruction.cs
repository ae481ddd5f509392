using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace MlOps.Pipelines;

/// <summary>Services that everybody may use and only this assembly can make: their one constructor takes what is internal here.</summary>
internal static class InternalConstruction
{
    /// <summary>Adds such a service, made of the services that its constructor asks for.</summary>
    public static IServiceCollection AddSingletonMadeHere<T>(this IServiceCollection services)
        where T : class
    {
        var constructor = typeof(T).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Single();
        var parameters = constructor.GetParameters();
        return services.AddSingleton(provider =>
            (T)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [.. parameters.Select(p => provider.GetRequiredService(p.ParameterType))], null));
    }
}
