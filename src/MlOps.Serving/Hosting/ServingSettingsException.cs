using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MlOps.Serving.Hosting;

/// <summary>Settings of the serving app cannot be used.</summary>
public sealed class ServingSettingsException(IEnumerable<string> problems) : Exception($"The settings cannot be used: {string.Join(' ', problems)}")
{
    /// <summary>Reads all options once, before anything is started with them.</summary>
    /// <exception cref="ServingSettingsException">Some cannot be used.</exception>
    internal static void ThrowIfUnusable(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (AggregateException several)
        {
            throw new ServingSettingsException(several.InnerExceptions.SelectMany(Problems));
        }
        // A value that breaks its option's rule, or cannot be read as its type.
        catch (Exception one) when (one is OptionsValidationException or InvalidOperationException)
        {
            throw new ServingSettingsException(Problems(one));
        }
    }

    private static IEnumerable<string> Problems(Exception error) => error is OptionsValidationException invalid ? invalid.Failures : [error.Message];
}
