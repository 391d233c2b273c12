// Starts the API documentation at /docs; a file of its own because inline scripts are not allowed.
/* global SwaggerUIBundle */
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
