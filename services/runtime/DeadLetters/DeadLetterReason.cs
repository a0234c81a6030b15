namespace Pipeline.Runtime.DeadLetters;

/// <summary>Why a record cannot go on. Closed: header `dl.reason` and the metric's label take these names in snake_case.</summary>
public enum DeadLetterReason
{
    Unknown,

    /// <summary>Not the wire format, cut off, or not what its own schema says.</summary>
    Malformed,

    /// <summary>A registry that knows our own latest schemas answers 404 for the record's schema id.</summary>
    UnknownSchema,

    /// <summary>The record's schema cannot be resolved to ours.</summary>
    IncompatibleSchema,

    /// <summary>Readable, but a field is outside its bounds.</summary>
    InvalidRecord,

    /// <summary>What would be written from it is over the topic's record size.</summary>
    TooLarge,

    /// <summary>The document store refuses the document for what it is.</summary>
    RefusedByStore,

    /// <summary>A webhook did not take the alert within the bound of requests and time.</summary>
    DeliveryFailed,

    /// <summary>A webhook answers that it does not take the alert.</summary>
    DeliveryRefused,

    /// <summary>The alert names a webhook that the budgets file does not have.</summary>
    UnknownWebhook,

    /// <summary>The step threw: a defect of ours, kept for redrive.</summary>
    StepFailed,
}
