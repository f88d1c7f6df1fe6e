//! Resources: listing and reading them.

use mcp_core::{
    era::Method,
    json::Text,
    model::{ReadResourceResult, Request, Resource, ResourceTemplate},
};

use super::{
    call::{Asked, Call},
    list::{List, ListPage},
    mcp_client::McpClient,
};

impl McpClient {
    /// All resources that the server lists, page by page; await it to ask. Others may be read as well: those of its
    /// templates, and those that it names in results.
    pub fn list_resources(&self) -> List<Resource> {
        List::new(self, |_, _| ())
    }

    /// One page of resources: the first, or the one that a page's `next_cursor` names; await it to ask.
    pub fn list_resources_page(&self, cursor: Option<String>) -> ListPage<Resource> {
        ListPage::new(self, cursor, |_, _| ())
    }

    /// All resource templates of the server, page by page; await it to ask.
    pub fn list_resource_templates(&self) -> List<ResourceTemplate> {
        List::new(self, |_, _| ())
    }

    /// One page of resource templates: the first, or the one that a page's `next_cursor` names; await it to ask.
    pub fn list_resource_templates_page(&self, cursor: Option<String>) -> ListPage<ResourceTemplate> {
        ListPage::new(self, cursor, |_, _| ())
    }

    /// Reads the resource of that URI; await it to ask.
    ///
    /// # Errors
    ///
    /// As [`Call`]'s. A resource that the server does not have is told alike in every revision:
    /// [`Error::is_not_found`](crate::Error::is_not_found).
    pub fn read_resource(&self, uri: impl Into<String>) -> Call<ReadResourceResult> {
        let request = Request::ReadResource { uri: Text::from(uri.into()) };
        self.call(Method::ReadResource.name(), Ok(Asked::Request(request)), |came| came.reply.read())
    }
}
